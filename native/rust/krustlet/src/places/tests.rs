use std::thread;

use super::write_private;

#[test]
fn many_may_write_one_file() {
    let directory = std::env::temp_dir().join(format!("krustlet-places-{}", std::process::id()));
    let file = directory.join("module");
    thread::scope(|scope| {
        for writer in 0..8_u8 {
            let file = &file;
            scope.spawn(move || {
                for _ in 0..20 {
                    write_private(file, &vec![writer; 4096]).unwrap();
                }
            });
        }
    });
    let bytes = std::fs::read(&file).unwrap();
    assert_eq!(bytes.len(), 4096);
    assert!(bytes.iter().all(|byte| *byte == bytes[0]));
    assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 1);
    std::fs::remove_dir_all(&directory).unwrap();
}
