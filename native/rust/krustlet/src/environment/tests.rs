use super::*;

const TOO_MUCH: &str = "variables and arguments have more than 2 MiB together";

fn environment(pairs: &[(&str, &str)]) -> Environment {
    let mut environment = Environment::default();
    for (name, value) in pairs {
        environment.set((*name).into(), (*value).into()).unwrap();
    }
    environment
}

#[test]
fn a_reference_is_replaced_and_what_is_none_stays() {
    let known = environment(&[("A", "1"), ("B", "two")]);
    for (text, expanded) in [
        ("$(A)", "1"),
        ("-$(A)$(B)-", "-1two-"),
        ("$$(A)", "$(A)"),
        ("$(C)", "$(C)"),
        ("$A $( $", "$A $( $"),
        ("", ""),
    ] {
        assert_eq!(known.expand(text).unwrap(), expanded, "{text}");
    }
}

#[test]
fn a_later_value_takes_the_place_of_the_earlier() {
    let pairs = environment(&[("A", "1"), ("B", "2"), ("A", "3")]).into_pairs();
    assert_eq!(
        pairs,
        [
            ("A".to_owned(), "3".to_owned()),
            ("B".to_owned(), "2".to_owned())
        ]
    );
}

#[test]
fn fields_of_a_pod() {
    let pod: Pod = serde_json::from_value(serde_json::json!({
        "metadata": {"name": "web", "labels": {"tier": "front"}},
        "spec": {"containers": [], "nodeName": "here"},
    }))
    .unwrap();
    assert_eq!(field_of(&pod, "192.0.2.1", "metadata.name").unwrap(), "web");
    assert_eq!(
        field_of(&pod, "192.0.2.1", "metadata.labels['tier']").unwrap(),
        "front"
    );
    assert_eq!(
        field_of(&pod, "192.0.2.1", "spec.nodeName").unwrap(),
        "here"
    );
    assert_eq!(
        field_of(&pod, "192.0.2.1", "status.hostIP").unwrap(),
        "192.0.2.1"
    );
    assert!(field_of(&pod, "192.0.2.1", "status.podIP").is_err());
}

/// What `count` variables make, each twice the one before it.
fn doubled(count: usize) -> Result<Environment> {
    let mut environment = environment(&[("V0", "0123456789")]);
    for number in 1..=count {
        let value = format!("$(V{0})$(V{0})", number - 1);
        let value = environment.expand(&value)?;
        environment.set(format!("V{number}"), value)?;
    }
    Ok(environment)
}

#[test]
fn variables_that_double_are_refused_before_they_are_there() {
    assert_eq!(doubled(10).unwrap().get("V10").unwrap().len(), 10 << 10);
    let error = doubled(60).err().unwrap().to_string();
    assert_eq!(error, TOO_MUCH);
    // One that names another so often that all of it would be 10 GiB.
    let long = environment(&[("V", &"v".repeat(1 << 20))]);
    assert!(long.expand(&"$(V)".repeat(10 << 10)).is_err());
}

#[test]
fn arguments_count_with_the_variables() {
    let words = |text: &str, count| vec![text.to_owned(); count];
    let mut known = environment(&[("V", &"v".repeat(1 << 20))]);
    let few = known.arguments(words("$(V)", 1).iter());
    assert_eq!(few.unwrap_err().root_cause().to_string(), TOO_MUCH);
    assert_eq!(known.arguments(words("a", 9).iter()).unwrap().len(), 9);
    let many = known.arguments(words("word", 300 << 10).iter());
    assert_eq!(many.unwrap_err().root_cause().to_string(), TOO_MUCH);
}

#[test]
fn arguments_that_are_empty_count_too() {
    let nothing = String::new();
    let many = std::iter::repeat_n(&nothing, 3 << 20);
    let many = Environment::default().arguments(many);
    assert_eq!(many.unwrap_err().root_cause().to_string(), TOO_MUCH);
}

#[test]
fn a_value_in_the_place_of_another_takes_only_what_it_is_longer() {
    let mut known = Environment::default();
    for _ in 0..100 {
        known.set("A".into(), "a".repeat(1 << 20)).unwrap();
    }
    assert_eq!(known.size, (1 << 20) + 1);
}

#[test]
fn a_great_number_of_variables_is_set_in_no_time() {
    let mut known = Environment::default();
    let begun = std::time::Instant::now();
    for number in 0..150_000 {
        known.set(number.to_string(), String::new()).unwrap();
    }
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
}
