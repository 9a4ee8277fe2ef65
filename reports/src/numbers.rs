//! Figures as text: few digits, thousands separated, units beside them.

use switchback_bench::results::number;

/// A value to three significant digits, whole above 1,000: `0.0512`, `5.12`, `523`, `31,204`.
pub(crate) fn figure(value: f64) -> String {
    digits(value, 3)
}

/// A value to four significant digits, for tables where neighbours must be told apart.
pub(crate) fn precise(value: f64) -> String {
    digits(value, 4)
}

fn digits(value: f64, significant: usize) -> String {
    if !value.is_finite() {
        return "\u{2013}".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    if value.abs() >= 1e15 || value.abs() < 1e-4 {
        return format!("{value:.*e}", significant - 1);
    }
    // The exponent after rounding: 9.996 to three digits is 10.0, not 10.00.
    let scientific = format!("{value:.*e}", significant - 1);
    let exponent: i32 = scientific.rsplit('e').next().and_then(|e| e.parse().ok()).unwrap_or(0);
    let decimals = (significant as i32 - 1 - exponent).max(0) as usize;
    if decimals == 0 {
        let whole = format!("{:.0}", value.abs());
        let sign = if value < 0.0 { "-" } else { "" };
        return format!("{sign}{}", separated(&whole));
    }
    format!("{value:.decimals$}")
}

/// A value for other programs, as a text: six significant digits, which is more than is ever measured, and all digits before the point,
/// since a count of bytes is exact. No separators, no idle zeros.
pub(crate) fn exported(value: f64) -> String {
    const SIGNIFICANT: i32 = 6;
    if !value.is_finite() || value == 0.0 || value.abs() >= 1e15 {
        return number(value);
    }
    let scientific = format!("{value:.*e}", SIGNIFICANT as usize - 1);
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let plain = |text: &str| text.trim_end_matches('0').trim_end_matches('.').to_owned();
    if exponent < -4 {
        return format!("{}e{exponent}", plain(digits));
    }
    match SIGNIFICANT - 1 - exponent {
        decimals if decimals > 0 => plain(&format!("{value:.*}", decimals as usize)),
        _ => format!("{value:.0}"),
    }
}

pub(crate) fn plural(number: usize, one: &str, more: &str) -> String {
    format!("{} {}", count(number as u64), if number == 1 { one } else { more })
}

/// A figure for an axis: as short as it can be said.
pub(crate) fn tick(value: f64) -> String {
    let text = figure(value);
    if text.contains('.') && !text.contains('e') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A value in few letters, for narrow columns: `0.967`, `12.3`, `523`, `1.86k`, `184k`, `2.5M`.
pub(crate) fn brief(value: f64) -> String {
    // What rounds up to 1,000 of one sign is 1 of the next.
    let signs = [(1e9, "G"), (1e6, "M"), (1e3, "k")];
    match signs.into_iter().find(|(scale, _)| value.abs() >= 0.9995 * scale) {
        Some((scale, sign)) if value.abs() < 1e12 => format!("{}{sign}", tick(value / scale)),
        _ => figure(value),
    }
}

/// A count with its thousands separated.
pub(crate) fn count(value: u64) -> String {
    separated(&value.to_string())
}

fn separated(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// What the unit of a row measures, read from its words ("nanoseconds per send and receive pair").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dimension {
    /// Time, in so many nanoseconds per unit.
    Time(u64),
    /// Memory, in bytes.
    Bytes,
    /// Anything else: shown as it is.
    Other,
}

impl Dimension {
    /// The dimension of a unit given in words; the first word decides.
    pub(crate) fn of(unit: &str) -> Self {
        match unit.split_whitespace().next().unwrap_or("") {
            "nanosecond" | "nanoseconds" | "ns" => Self::Time(1),
            "microsecond" | "microseconds" | "us" | "\u{b5}s" => Self::Time(1_000),
            "millisecond" | "milliseconds" | "ms" => Self::Time(1_000_000),
            "second" | "seconds" | "s" => Self::Time(1_000_000_000),
            "byte" | "bytes" | "B" => Self::Bytes,
            _ => Self::Other,
        }
    }

    /// Symbol for the head of a column, empty when the unit has none.
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Time(1) => "ns",
            Self::Time(1_000) => "\u{b5}s",
            Self::Time(1_000_000) => "ms",
            Self::Time(_) => "s",
            Self::Bytes => "B",
            Self::Other => "",
        }
    }
}

/// A value with the symbol that makes it shortest: `5.12 ns`, `52.3 µs`, `58.6 kB`, or the bare figure for a unit without symbol.
pub(crate) fn quantity(value: f64, dimension: Dimension) -> String {
    let (base, symbols): (f64, &[(f64, &str)]) = match dimension {
        Dimension::Time(nanoseconds) => {
            (value * nanoseconds as f64, &[(1e9, "s"), (1e6, "ms"), (1e3, "\u{b5}s"), (1.0, "ns")])
        }
        Dimension::Bytes => (value, &[(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")]),
        Dimension::Other => return figure(value),
    };
    // A value that rounds up to 1,000 of one symbol is said as 1 of the next.
    let (scale, symbol) = symbols
        .iter()
        .find(|(scale, _)| base.abs() >= 0.9995 * scale)
        .copied()
        .unwrap_or(symbols[symbols.len() - 1]);
    format!("{}\u{a0}{symbol}", figure(base / scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_keep_three_digits_across_every_rounding_edge() {
        let said =
            [0.0, 0.00123, 0.05119, 0.9999, 5.118, 9.996, 99.94, 99.96, 523.4, 31_204.2, -2.5];
        let texts: Vec<_> = said.into_iter().map(figure).collect();
        let expected = [
            "0", "0.00123", "0.0512", "1.00", "5.12", "10.0", "99.9", "100", "523", "31,204",
            "-2.50",
        ];
        assert_eq!(texts, expected);
        assert_eq!([1e18, 0.00001].map(figure), ["1.00e18", "1.00e-5"]);
        assert_eq!(
            [1.0, 0.99996, 52.345, 1234.5].map(precise),
            ["1.000", "1.000", "52.34", "1,234"]
        );
    }

    #[test]
    fn exported_values_keep_six_digits_and_every_whole_one() {
        let said = [
            (0.0, "0"),
            (1.0, "1"),
            (100.0, "100"),
            (19.8, "19.8"),
            (5.123_456_789, "5.12346"),
            (0.999_999_9, "1"),
            (0.002_912_345_678, "0.00291235"),
            (123_456.7, "123457"),
            (58_638_123.0, "58638123"),
            (24_400_123.456, "24400123"),
            (1.234_567_8e-7, "1.23457e-7"),
            (-2.5, "-2.5"),
            (1e300, "1e300"),
        ];
        for (value, text) in said {
            assert_eq!(exported(value), text);
            let back: f64 = text.parse().expect("a number");
            assert!((back - value).abs() <= value.abs() * 5e-6, "{text}");
        }
        // What ascends goes on to ascend.
        let near = [5.118_999_999_999_999, 5.119, 5.119_000_000_000_001].map(exported);
        assert_eq!(near, ["5.119"; 3]);
    }

    #[test]
    fn quantities_pick_the_symbol_that_fits() {
        let ns = Dimension::of("nanoseconds per send and receive pair");
        assert_eq!(quantity(5.118, ns), "5.12\u{a0}ns");
        assert_eq!(quantity(999.9, ns), "1.00\u{a0}\u{b5}s");
        assert_eq!(quantity(2.93e6, ns), "2.93\u{a0}ms");
        assert_eq!(
            quantity(52.0, Dimension::of("microseconds per round trip")),
            "52.0\u{a0}\u{b5}s"
        );
        assert_eq!(quantity(58_638.0, Dimension::of("bytes per pickle")), "58.6\u{a0}kB");
        assert_eq!(quantity(58_638.0, Dimension::of("frames")), "58,638");
    }

    #[test]
    fn brief_values_take_few_letters_at_every_edge() {
        let said = [0.967, 12.34, 523.4, 999.6, 1_859.0, 184_305.0, 999_900.0, 2.5e6, 3e9, 4e12];
        let texts = said.map(brief);
        let expected = [
            "0.967",
            "12.3",
            "523",
            "1k",
            "1.86k",
            "184k",
            "1M",
            "2.5M",
            "3G",
            "4,000,000,000,000",
        ];
        assert_eq!(texts, expected);
    }

    #[test]
    fn axis_figures_drop_idle_zeros_and_counts_are_separated() {
        assert_eq!([0.0, 2.0, 0.5, 20.0, 5_000.0].map(tick), ["0", "2", "0.5", "20", "5,000"]);
        assert_eq!([7, 220_523, 1_000_000].map(count), ["7", "220,523", "1,000,000"]);
    }
}
