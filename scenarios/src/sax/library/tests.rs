use super::*;

/// Start tags, found without any parser: a `<` with a letter behind it.
fn start_tags(text: &str) -> u64 {
    let pairs = text.as_bytes().windows(2);
    pairs.filter(|pair| pair[0] == b'<' && pair[1].is_ascii_alphabetic()).count() as u64
}

#[test]
fn the_full_library_has_the_elements_and_the_size_of_the_talks_file() {
    let text = Document::FULL.text();
    assert_eq!(start_tags(text), 220_523);
    assert_eq!(Document::FULL.elements(), 220_523);
    assert!((5_500_000..6_500_000).contains(&text.len()), "{} bytes", text.len());
}

#[test]
fn smaller_libraries_have_the_elements_they_announce() {
    for tracks in [0, 1, 2, 100] {
        let document = Document::library(tracks);
        assert_eq!(start_tags(document.text()), document.elements(), "{tracks} tracks");
    }
}

#[test]
fn a_text_is_made_once_and_the_same_again() {
    let document = Document::library(20);
    assert!(std::ptr::eq(document.text(), document.text()));
    assert_eq!(document.text(), generate(20));
}

#[test]
fn a_malformed_document_differs_at_one_place() {
    let (sound, broken) = (Document::library(1), Document::library(1).malformed(3));
    let at = sound.text().find("Major Version").expect("the third element");
    assert_eq!(broken.text().split_at(at).1.strip_prefix("</wrong>"), Some(&sound.text()[at..]));
    assert_eq!((broken.elements(), start_tags(broken.text())), (3, sound.elements()));
    assert!(sound.malformed(0).text().starts_with("</wrong><?xml"));
}

#[test]
fn a_document_travels_as_its_name() {
    let mut out = switchback::pickle::Writer::default();
    let document = Document::FULL.malformed(7);
    out.leaf(&document).expect("two small numbers");
    assert!(out.bytes().len() < 10);
    let mut input = switchback::pickle::Reader::new(out.bytes());
    assert_eq!(input.leaf::<Document>(), Ok(document));

    let mut out = switchback::pickle::Writer::default();
    out.leaf(&(u32::MAX, None::<u32>)).expect("two small numbers");
    let error = switchback::pickle::Reader::new(out.bytes()).leaf::<Document>().unwrap_err();
    assert_eq!(error.kind(), switchback::Kind::BadPickle);
}
