use std::path::Path;

use super::*;

#[test]
fn standard_error_is_lost_only_meanwhile() {
    let now = || std::fs::read_link("/proc/self/fd/2").unwrap();
    let before = now();
    assert_eq!(silently(now), Path::new("/dev/null"));
    assert_eq!(now(), before);
}
