use super::*;

/// Of a certificate that is good from the first day of a year until that of another.
fn identity(from: i32, until: i32) -> Identity {
    let key = KeyPair::generate().unwrap();
    let mut about = Wanted::client("node", None).parameters().unwrap();
    about.not_before = rcgen::date_time_ymd(from, 1, 1);
    about.not_after = rcgen::date_time_ymd(until, 1, 1);
    let certificate = about.self_signed(&key).unwrap();
    let pem = format!("{}{}", certificate.pem(), key.serialize_pem());
    Identity::from_pem(pem.as_bytes()).unwrap()
}

#[test]
fn a_certificate_is_renewed_in_the_last_quarter_of_its_life() {
    // Good until 2050, and in its last quarter since 2025.
    let old = identity(1950, 2050);
    assert!(is_good(&old) && rest(&old).is_zero());
    let new = identity(2000, 3000);
    let years = rest(&new).as_secs() / (365 * 24 * 3600);
    assert!(is_good(&new) && (700..750).contains(&years), "{years}");
    for (from, until) in [(2000, 2001), (2990, 2991)] {
        assert!(!is_good(&identity(from, until)), "{from}");
    }
}

#[test]
fn a_certificate_is_for_the_names_and_addresses_in_it() {
    let wanted = |node, address: &str| Wanted::serving(node, address.parse().unwrap(), None);
    for address in ["192.0.2.1", "2001:db8::1"] {
        let shown = self_signed(&wanted("node", address)).unwrap();
        assert!(is_for(&shown, &wanted("node", address)), "{address}");
        assert!(!is_for(&shown, &wanted("other", address)), "{address}");
        assert!(!is_for(&shown, &wanted("node", "192.0.2.2")), "{address}");
    }
    let nameless = self_signed(&Wanted::client("node", None)).unwrap();
    assert!(!is_for(&nameless, &wanted("node", "192.0.2.1")));
}

#[test]
fn who_is_denied_is_told_so() {
    for (kind, denied) in [("Approved", false), ("Denied", true), ("Failed", true)] {
        let conditions = json!([{"type": "Other"}, {"type": kind, "message": "not yours"}]);
        let refused = refusal("csr-1", &conditions);
        let why = refused.map_or_else(|error| format!("{error}"), |()| String::new());
        assert_eq!(why.contains("not yours"), denied, "{kind}: {why}");
    }
}
