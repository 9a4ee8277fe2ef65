//! The document: a music library as a property list, made up but the same on every machine.
//!
//! ```text
//!   plist                                                    elements
//!     dict   five facts about the library, then                  12
//!       Tracks: dict                                              2
//!         per track: its number and a dict of 22 pairs           46 each
//!       Playlists: array of one dict                              3
//!         its name, its number, and one array of                  6
//!           per track: a dict with its number                     3 each
//! ```

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use switchback::Message;

/// Elements of a library without tracks.
const FIXED: u64 = 23;
/// Elements each track adds.
const PER_TRACK: u64 = 49;

/// Names a document: plain data that stands for its text wherever the text would be too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "(u32, Option<u32>)", into = "(u32, Option<u32>)")]
pub struct Document {
    tracks: u32,
    broken_after: Option<u32>,
}

impl Message for Document {}

impl Document {
    /// The file of the talk: about 6 MB and 220,523 elements.
    pub const FULL: Self = Self { tracks: 4_500, broken_after: None };

    /// Most tracks a library can have.
    pub const MAX_TRACKS: u32 = 100_000;

    /// A library of so many tracks, at most [`MAX_TRACKS`](Self::MAX_TRACKS).
    #[must_use]
    pub fn library(tracks: u32) -> Self {
        Self { tracks: tracks.min(Self::MAX_TRACKS), broken_after: None }
    }

    /// The largest library of at most so many elements.
    #[must_use]
    pub fn of(elements: u64) -> Self {
        let tracks = elements.saturating_sub(FIXED) / PER_TRACK;
        Self::library(u32::try_from(tracks).unwrap_or(u32::MAX))
    }

    /// The same document with an end tag too many after the start tag of element number
    /// `element`, counted from 1: a parser tells exactly that many elements before it fails.
    #[must_use]
    pub fn malformed(self, element: u32) -> Self {
        Self { broken_after: Some(element), ..self }
    }

    /// Elements a parser tells, the root included, up to the end or the failure.
    #[must_use]
    pub fn elements(self) -> u64 {
        let all = FIXED + PER_TRACK * u64::from(self.tracks);
        self.broken_after.map_or(all, |element| all.min(element.into()))
    }

    /// The text. Made on first use and kept as long as the process lives.
    #[must_use]
    pub fn text(self) -> &'static str {
        static TEXTS: Mutex<BTreeMap<Document, &'static str>> = Mutex::new(BTreeMap::new());
        let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
        texts.entry(self).or_insert_with(|| {
            let mut text = generate(self.tracks);
            if self.broken_after.is_some() {
                text.insert_str(end_of_start_tag(&text, self.elements()), "</wrong>");
            }
            Box::leak(text.into_boxed_str())
        })
    }
}

impl From<Document> for (u32, Option<u32>) {
    fn from(document: Document) -> Self {
        (document.tracks, document.broken_after)
    }
}

/// Refuses a size above `MAX_TRACKS`: the number may come out of a damaged pickle.
impl TryFrom<(u32, Option<u32>)> for Document {
    type Error = String;

    fn try_from((tracks, broken_after): (u32, Option<u32>)) -> Result<Self, String> {
        if tracks > Self::MAX_TRACKS {
            return Err(format!("a library of {tracks} tracks, more than {}", Self::MAX_TRACKS));
        }
        Ok(Self { tracks, broken_after })
    }
}

/// Offset behind the start tag of element number `element`; 0 for none.
fn end_of_start_tag(text: &str, element: u64) -> usize {
    let mut at = 0;
    for _ in 0..element {
        at += text[at..]
            .match_indices('<')
            .find(|(tag, _)| text[at + tag + 1..].starts_with(|c: char| c.is_ascii_alphabetic()))
            .map_or(0, |(tag, _)| tag);
        at += text[at..].find('>').map_or(0, |end| end + 1);
    }
    at
}

fn generate(tracks: u32) -> String {
    let mut out = Plist { text: String::with_capacity(2_000 + 1_350 * tracks as usize), depth: 0 };
    out.text.push_str(concat!(
        r#"<?xml version="1.0" encoding="UTF-8"?>"#,
        "\n",
        r#"<!DOCTYPE plist PUBLIC "-//Switchback//DTD Library 1.0//EN" "library.dtd">"#,
        "\n",
        r#"<plist version="1.0">"#,
        "\n",
    ));
    out.group("dict", |out| {
        out.pair("Major Version", "integer", 1);
        out.pair("Minor Version", "integer", 1);
        out.pair("Application Version", "string", "7.0.2");
        out.pair("Music Folder", "string", "file://localhost/Music/");
        out.pair("Library Persistent ID", "string", "5B1A0C7E93D2F846");
        out.leaf("key", "Tracks");
        out.group("dict", |out| {
            let mut random = Random(2007);
            for number in 1..=tracks {
                out.leaf("key", number);
                out.group("dict", |out| track(out, number, &mut random));
            }
        });
        out.leaf("key", "Playlists");
        out.group("array", |out| {
            out.group("dict", |out| {
                out.pair("Name", "string", "Library");
                out.pair("Playlist ID", "integer", tracks + 1);
                out.leaf("key", "Playlist Items");
                out.group("array", |out| {
                    for number in 1..=tracks {
                        out.group("dict", |out| out.pair("Track ID", "integer", number));
                    }
                });
            });
        });
    });
    out.text.push_str("</plist>\n");
    out.text
}

/// The 22 pairs of one track.
fn track(out: &mut Plist, number: u32, random: &mut Random) {
    let artist = format!("{} {}", random.of(FIRST), random.of(SECOND));
    let album = format!("{} {}", random.of(SECOND), random.of(LAST));
    let name = format!("{} {} {}", random.of(FIRST), random.of(SECOND), random.of(LAST));
    let (position, of) = (1 + random.below(12), 12 + random.below(6));
    out.pair("Track ID", "integer", number);
    out.pair("Name", "string", &name);
    out.pair("Artist", "string", &artist);
    out.pair("Album Artist", "string", &artist);
    out.pair("Album", "string", &album);
    out.pair("Genre", "string", random.of(GENRES));
    out.pair("Kind", "string", "AAC audio file");
    out.pair("Size", "integer", 2_000_000 + random.below(9_000_000));
    out.pair("Total Time", "integer", 90_000 + random.below(400_000));
    out.pair("Track Number", "integer", position);
    out.pair("Track Count", "integer", of);
    out.pair("Year", "integer", 1957 + random.below(50));
    let (modified, added) = (random.date(), random.date());
    out.pair("Date Modified", "date", modified);
    out.pair("Date Added", "date", added);
    out.pair("Bit Rate", "integer", 128 << random.below(2));
    out.pair("Sample Rate", "integer", 44_100);
    out.pair("Play Count", "integer", random.below(90));
    match random.below(3) {
        0 => out.flag("Compilation"),
        1 => out.flag("Part Of Gapless Album"),
        _ => out.pair("Rating", "integer", 20 * (1 + random.below(5))),
    }
    out.pair("Comments", "string", random.of(COMMENTS));
    out.pair("Persistent ID", "string", format_args!("{:016X}", random.next()));
    out.pair("Track Type", "string", "File");
    let location = format!("file://localhost/Music/{album}/{position:02} {name}.m4a");
    out.pair("Location", "string", location.replace(' ', "%20"));
}

/// Text of a property list under construction. Everything given to it is already escaped.
struct Plist {
    text: String,
    depth: usize,
}

impl Plist {
    fn indent(&mut self) {
        self.text.extend(std::iter::repeat_n('\t', self.depth));
    }

    fn leaf(&mut self, tag: &str, value: impl std::fmt::Display) {
        self.indent();
        self.element(tag, value);
        self.text.push('\n');
    }

    fn pair(&mut self, key: &str, tag: &str, value: impl std::fmt::Display) {
        self.indent();
        self.element("key", key);
        self.element(tag, value);
        self.text.push('\n');
    }

    fn flag(&mut self, key: &str) {
        self.indent();
        self.element("key", key);
        self.text.push_str("<true/>\n");
    }

    fn element(&mut self, tag: &str, value: impl std::fmt::Display) {
        // Writing to a String cannot fail.
        let _ = write!(self.text, "<{tag}>{value}</{tag}>");
    }

    fn group(&mut self, tag: &str, content: impl FnOnce(&mut Self)) {
        self.indent();
        let _ = writeln!(self.text, "<{tag}>");
        self.depth += 1;
        content(self);
        self.depth -= 1;
        self.indent();
        let _ = writeln!(self.text, "</{tag}>");
    }
}

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn of(&mut self, words: &[&'static str]) -> &'static str {
        words[self.below(words.len() as u64) as usize]
    }

    fn date(&mut self) -> String {
        let (year, month, day) = (2003 + self.below(4), 1 + self.below(12), 1 + self.below(28));
        let (hour, minute, second) = (self.below(24), self.below(60), self.below(60));
        format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

const FIRST: &[&str] = &[
    "Amber", "Blue", "Broken", "Café", "Distant", "Electric", "Golden", "Hollow", "Little",
    "Midnight", "Northern", "Paper", "Quiet", "Señor", "Silver", "Slow", "Velvet", "Winter", "Zoë",
];
const SECOND: &[&str] = &[
    "Anchors",
    "Birds &amp; Bees",
    "Bridges",
    "Carousel",
    "Engine",
    "Fields",
    "Harbour",
    "Horses",
    "Lanterns",
    "Machines",
    "Orchard",
    "Parade",
    "Rivers",
    "Rock &apos;n&apos; Roll",
    "Satellites",
    "Sparrows",
    "Telegraph",
    "Windows",
];
const LAST: &[&str] = &[
    "Again",
    "at Dawn",
    "for Two",
    "in Colour",
    "Live",
    "of the North",
    "on Sunday",
    "Part 2",
    "Revisited",
    "Tonight",
    "Under Glass",
    "&lt;demo&gt;",
    "Without You",
];
const GENRES: &[&str] =
    &["Alternative", "Classical", "Country", "Electronic", "Jazz", "R&amp;B", "Rock", "World"];
const COMMENTS: &[&str] = &[
    "bought on tour",
    "from the &quot;blue&quot; box",
    "left channel &lt; right channel",
    "ripped &amp; tagged by hand",
    "second pressing",
];

#[cfg(test)]
mod tests;
