//! Axis of a plot: zero-based unless the values span so far that only a logarithmic axis shows them all.

/// From this ratio of the largest to the smallest value on, the axis is logarithmic.
pub(crate) const LOGARITHMIC_FROM: f64 = 30.0;

/// True for values an axis can hold: zero, or positive and far from the ends of what a float can hold, where arithmetic would overflow.
pub(crate) fn drawable(value: f64) -> bool {
    value == 0.0 || (1e-99..1e99).contains(&value)
}

/// Kind, end points and figures of an axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scale {
    /// Starts at zero.
    Linear {
        /// Right end.
        end: f64,
        /// Values with a figure, ascending, the first zero.
        ticks: Vec<f64>,
    },
    /// Every step of the same length multiplies by the same factor.
    Logarithmic {
        /// Left end, above zero.
        start: f64,
        /// Right end.
        end: f64,
        /// Values with a figure, ascending.
        ticks: Vec<f64>,
    },
}

impl Scale {
    /// The scale for these values, with at most about `most` figures. Values that are not [`drawable`] are passed over.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>, most: usize) -> Self {
        let (mut least, mut greatest) = (f64::INFINITY, 0.0_f64);
        for value in values.into_iter().filter(|v| drawable(*v)) {
            least = least.min(value);
            greatest = greatest.max(value);
        }
        if least > 0.0 && least.is_finite() && greatest / least > LOGARITHMIC_FROM {
            logarithmic(least, greatest, most)
        } else {
            linear(greatest, most)
        }
    }

    /// Values with a figure, ascending.
    pub(crate) fn ticks(&self) -> &[f64] {
        match self {
            Self::Linear { ticks, .. } | Self::Logarithmic { ticks, .. } => ticks,
        }
    }

    /// What the reader must be told beside the unit.
    pub(crate) fn words(&self) -> &'static str {
        match self {
            Self::Linear { .. } => "from zero",
            Self::Logarithmic { .. } => "logarithmic scale",
        }
    }
}

fn linear(greatest: f64, most: usize) -> Scale {
    let greatest = if greatest > 0.0 { greatest } else { 1.0 };
    let raw = greatest / most.max(1) as f64;
    let power = 10_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|step| *step >= raw * 0.999)
        .unwrap_or(10.0 * power);
    let count = (greatest / step * 0.999).ceil() as usize;
    let ticks: Vec<f64> = (0..=count).map(|i| i as f64 * step).collect();
    Scale::Linear { end: count as f64 * step, ticks }
}

fn logarithmic(least: f64, greatest: f64, most: usize) -> Scale {
    // Ends are 1, 2 or 5 times a power of ten, a little outside the values so that no mark sits on the frame.
    let start = nice_below(least * 0.95);
    let end = nice_above(greatest * 1.05);
    let first = start.log10().floor() as i32;
    let last = end.log10().ceil() as i32;
    let inside = |v: &f64| *v >= start * 0.999 && *v <= end * 1.001;
    let fine: Vec<f64> = (first..=last)
        .flat_map(|e| [1.0, 2.0, 5.0].map(|m| m * 10_f64.powi(e)))
        .filter(inside)
        .collect();
    let mut ticks = if fine.len() <= most {
        fine
    } else {
        (first..=last).map(|e| 10_f64.powi(e)).filter(inside).collect()
    };
    let mut stride = 1;
    while ticks.len().div_ceil(stride) > most.max(2) {
        stride += 1;
    }
    ticks = ticks.into_iter().step_by(stride).collect();
    Scale::Logarithmic { start, end, ticks }
}

fn nice_below(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    [5.0, 2.0, 1.0].into_iter().map(|m| m * power).find(|v| *v <= value).unwrap_or(power)
}

fn nice_above(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    [1.0, 2.0, 5.0].into_iter().map(|m| m * power).find(|v| *v >= value).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_values_get_an_axis_from_zero_that_holds_them() {
        let Scale::Linear { end, ticks } = Scale::of([2.1, 8.8], 5) else {
            panic!("8.8 is not far from 2.1")
        };
        assert_eq!(ticks, [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(end, 10.0);
    }

    #[test]
    fn the_axis_turns_logarithmic_above_a_span_of_thirty_and_not_at_it() {
        assert!(matches!(Scale::of([1.0, 30.0], 5), Scale::Linear { .. }));
        assert!(matches!(Scale::of([1.0, 30.1], 5), Scale::Logarithmic { .. }));
    }

    #[test]
    fn a_logarithmic_axis_encloses_its_values_with_few_figures() {
        for most in [3, 5, 9] {
            let Scale::Logarithmic { start, end, ticks } = Scale::of([5.1, 31_000.0], most) else {
                panic!("the span is above thirty")
            };
            assert!(start < 5.1 && end > 31_000.0, "{start} {end}");
            assert!(ticks.len() >= 2 && ticks.len() <= most, "{ticks:?}");
        }
    }

    #[test]
    fn nothing_zero_and_nonsense_still_give_an_axis() {
        let extremes = vec![f64::MAX, f64::MIN_POSITIVE, 5e-324];
        for values in
            [vec![], vec![0.0], vec![f64::NAN, f64::INFINITY, -3.0], vec![0.0, 1e9], extremes]
        {
            let scale = Scale::of(values.clone(), 5);
            assert!(
                matches!(scale, Scale::Linear { end, .. } if end > 0.0),
                "{values:?}: {scale:?}"
            );
        }
    }
}
