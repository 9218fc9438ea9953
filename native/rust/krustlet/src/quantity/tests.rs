use super::parse;

#[test]
fn quantities() {
    for (text, value) in [
        ("64Mi", 67108864.0),
        ("1.5", 1.5),
        ("200m", 0.2),
        ("1e3", 1000.0),
        ("1E3", 1000.0),
        ("2k", 2000.0),
    ] {
        assert_eq!(parse(text).unwrap(), value, "{text}");
    }
    for text in ["", "Mi", "-1", "1e", "1Zi", "inf"] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_suffix_is_a_power_of_its_kind() {
    for (kind, suffixes) in [
        (1024.0, "Ki Mi Gi Ti Pi Ei"),
        (1000.0, "k M G T P E"),
        (0.001, "m u n"),
    ] {
        let mut factor: f64 = 1.0;
        for suffix in suffixes.split(' ') {
            factor *= kind;
            let value = parse(&format!("3{suffix}")).unwrap();
            assert!((value / factor - 3.0).abs() < 1e-9, "{suffix}: {value}");
        }
    }
}
