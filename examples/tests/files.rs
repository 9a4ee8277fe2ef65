//! Files are replaced whole or not at all.

use std::fs;

use switchback_examples::files::replace;

#[allow(dead_code, reason = "what other tests need")]
mod programs;

use programs::Folder;

#[test]
fn a_file_is_replaced_and_nothing_is_beside_it() {
    let folder = Folder::new("replaced");
    let file = folder.0.join("file");
    for bytes in [&b"a long text"[..], b"short", b""] {
        replace(&file, bytes).expect("it is written");
        assert_eq!(fs::read(&file).expect("it is there"), bytes);
        assert_eq!(folder.names(), ["file"]);
    }
}

/// The last step fails: no file can have a name that ends as that of a folder.
#[test]
fn after_an_error_nothing_is_beside_the_file() {
    let folder = Folder::new("not-replaced");
    replace(&folder.0.join("none/"), b"text").expect_err("no folder has this name");
    replace(&folder.0.join("no/file"), b"text").expect_err("there is no such folder");
    replace(&folder.0, b"text").expect_err("a folder is no file");
    assert!(folder.names().is_empty(), "{:?}", folder.names());
}

#[cfg(unix)]
#[test]
fn links_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = Folder::new("linked");
    let (file, link) = (folder.0.join("file"), folder.0.join("link"));
    fs::write(&file, "old").expect("it is written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("it is ours");
    symlink("file", &link).expect("a link");
    replace(&link, b"new").expect("it is written");
    assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
    assert_eq!(fs::read(&file).expect("it is there"), b"new");
    assert_eq!(fs::metadata(&file).expect("it is there").permissions().mode() & 0o777, 0o640);
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_is_written_to_and_stays() {
    use std::os::unix::fs::FileTypeExt as _;
    let full = replace("/dev/full".as_ref(), b"text").expect_err("it is full");
    assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    replace("/dev/null".as_ref(), b"text").expect("it takes all");
    for device in ["/dev/full", "/dev/null"] {
        assert!(fs::metadata(device).expect("it is there").file_type().is_char_device());
    }
}
