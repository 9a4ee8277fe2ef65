//! The colours of the style sheet, computed against the contrast rules of WCAG 2.2: 4.5 for text, 3 for marks that carry meaning.

use std::collections::BTreeMap;

const CSS: &str = include_str!("../src/report.css");

/// Custom properties of the `:root` rule that follows a place in the style sheet.
fn palette(after: &str) -> BTreeMap<String, [f64; 3]> {
    let start = CSS.find(after).unwrap_or_else(|| panic!("no {after}"));
    let rule = &CSS[start..][CSS[start..].find(":root {").expect("a palette follows")..];
    let body = &rule[..rule.find('}').expect("the palette ends")];
    let properties = body.split([';', '{']).filter_map(|line| line.trim().strip_prefix("--"));
    properties
        .map(|property| {
            let (name, value) = property.split_once(": #").expect("a colour in hexadecimal");
            let part = |i: usize| u8::from_str_radix(&value[i..i + 2], 16).expect("a colour");
            (name.to_owned(), [0, 2, 4].map(|i| f64::from(part(i)) / 255.0))
        })
        .collect()
}

fn luminance(color: [f64; 3]) -> f64 {
    let [r, g, b] =
        color.map(|c| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn palettes() -> [(&'static str, BTreeMap<String, [f64; 3]>); 3] {
    [
        ("light", palette("/* Colours.")),
        ("dark", palette("prefers-color-scheme: dark")),
        ("print", palette("@media print")),
    ]
}

#[test]
fn the_formula_gives_the_known_extremes() {
    assert!((contrast([0.0; 3], [1.0; 3]) - 21.0).abs() < 1e-9);
    assert!((contrast([0.5; 3], [0.5; 3]) - 1.0).abs() < 1e-9);
}

#[test]
fn text_is_readable_on_every_background_it_stands_on() {
    for (scheme, colors) in palettes() {
        for ink in ["text", "quiet", "accent", "good", "bad", "warn"] {
            for ground in ["page", "raised"] {
                let ratio = contrast(colors[ink], colors[ground]);
                assert!(ratio >= 4.5, "{scheme}: {ink} on {ground} is {ratio:.2}");
            }
        }
    }
}

#[test]
fn figures_are_readable_on_every_shade_and_shades_go_one_way() {
    for (scheme, colors) in palettes() {
        let shades: Vec<_> = (0..6).map(|shade| colors[format!("c{shade}").as_str()]).collect();
        for (shade, ground) in shades.iter().enumerate() {
            let ratio = contrast(colors["text"], *ground);
            assert!(ratio >= 4.5, "{scheme}: text on shade {shade} is {ratio:.2}");
        }
        let away = |color: &[f64; 3]| (luminance(*color) - luminance(colors["page"])).abs();
        assert!(shades.windows(2).all(|two| away(&two[0]) < away(&two[1])), "{scheme}");
    }
}

#[test]
fn marks_stand_out_from_the_page_and_from_the_band() {
    for (scheme, colors) in palettes() {
        for mark in ["accent", "text", "quiet", "s0", "s1", "s2", "s3", "s4", "s5"] {
            for ground in ["page", "band"] {
                let ratio = contrast(colors[mark], colors[ground]);
                assert!(ratio >= 3.0, "{scheme}: {mark} on {ground} is {ratio:.2}");
            }
        }
    }
}

#[test]
fn every_palette_names_the_same_colours_and_no_rule_goes_around_them() {
    let [(_, light), (_, dark), (_, print)] = palettes();
    assert!(light.keys().eq(dark.keys()) && light.keys().eq(print.keys()));
    let rules = CSS.lines().map(str::trim).filter(|line| !line.starts_with("--"));
    for rule in rules.filter(|line| line.contains("color") && !line.starts_with("/*")) {
        assert!(!rule.contains('#') && !rule.contains("rgb"), "a literal colour: {rule}");
    }
}
