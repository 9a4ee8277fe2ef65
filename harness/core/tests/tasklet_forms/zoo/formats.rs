//! Awaits in the arguments of `format!`, `assert!` and their families.

use crate::reference::agrees;

/// Adds otherwise by reference than by value.
pub struct Number(pub i64);

impl std::ops::Add<i64> for Number {
    type Output = i64;
    fn add(self, other: i64) -> i64 {
        self.0 + other
    }
}

impl std::ops::Add<i64> for &Number {
    type Output = i64;
    fn add(self, _: i64) -> i64 {
        1000
    }
}

agrees! {
    an_argument_of_a_format_is_looked_at_as_a_whole(a: i64 = 5) -> String;
    {
        let text: String = format!("{}", Number(op(a).await?) + 1);
        Ok(text)
    }
    Ok("17") ""

    operands_of_an_assertion_are_looked_at_as_a_whole(a: i64 = 5) -> i64;
    {
        assert_eq!(Number(op(a).await?) + 1, 17);
        assert_ne!(17, Number(op(a).await?) + 2, "{a}");
        assert_eq!(17, op(a).await? + 1);
        assert_eq!(op(a).await? as u8, 16u8);
        assert_ne!(op(a).await? == 16, false);
        assert!(op(a).await? as u8 == 16);
        assert!(op(a).await? == 16 && a < 6, "{}", a);
        Ok(a)
    }
    Ok(5) ""

    arguments_of_a_format_are_casts_comparisons_and_ranges(a: i64 = 5) -> String;
    {
        let text: String = format!(
            "{} {} {} {} {} {:?}",
            op(a).await? as usize,
            op(a).await? == 16,
            a > 3 && op(a).await? < 3,
            -op(a).await?,
            !op(a).await? as i8,
            1..op(a).await?,
        );
        Ok(text)
    }
    Ok("16 true false -16 -17 1..16") ""

    a_format_is_given_a_width(a: i64 = 5) -> String;
    {
        let text: String = format!("{:1$}{:>w$}", a, op(1).await? as usize, w = op(1).await? as usize);
        Ok(text)
    }
    Ok("   5   4") ""

    a_method_is_called_on_a_format(a: i64 = 5) -> i64;
    {
        format!("{}", op(a).await?).clear();
        let n: i64 = format!("{}", op(a).await?).len() as i64;
        Ok(n)
    }
    Ok(2) ""

    a_format_is_written_where_a_call_says(a: i64 = 5) -> String;
    {
        use std::fmt::Write as _;
        let mut text: String = String::new();
        write!(text, "{} ", op(e(1, a)).await?).unwrap();
        write!(&mut text, "{} ", e(2, op(e(1, a)).await? as u8)).unwrap();
        Ok(text)
    }
    Ok("16 16 ") "e1 e1 e2"

    temporaries_of_an_assertion_end_with_its_statement(a: i64 = 5) -> i64;
    {
        assert_eq!(touch(&made(4).await?), e(2, 4));
        e(3, ());
        assert_ne!(5, touch(&made(6).await?) + e(5, 1));
        Ok(e(6, a))
    }
    Ok(5) "t4 e2 d4 e3 t6 e5 d6 e6"

    temporaries_of_a_condition_that_is_asserted_end_before_its_message(a: i64 = 5) -> i64;
    {
        assert!(touch(&made(a).await?) == 4, "{}", e(2, 3));
        Ok(a)
    }
    Panic("3") "t5 d5 e2"

    temporaries_of_a_format_end_with_it(a: i64 = 5) -> i64;
    {
        let n: usize = format!("{}{}", touch(&made(a).await?), e(1, 3)).len() + e(2, 0);
        println!("{}{}", touch(&made(6).await?), e(3, 3));
        Ok(e(4, n as i64))
    }
    Ok(2) "t5 e1 d5 e2 t6 e3 d6 e4"
}

/// What the frame form refuses, other forms keep as long as plain Rust does.
// A cast says what the type is.
#[allow(clippy::unnecessary_cast)]
mod kept {
    use crate::{
        futures::Futures,
        reference::{Seen, framed::*, seen},
        threads::Threads,
    };

    #[tasklet]
    async fn held<B: Backend>(a: i64) -> Result<i64, Error> {
        let text: String = format!("{} {}", touch(&guard(2)) as i64, op(e(1, a)).await?);
        assert_eq!(touch(&guard(3)) as i64, op(e(4, 0)).await? + 2, "{text}");
        Ok(e(5, a))
    }

    #[test]
    fn temporaries_of_earlier_arguments_live_over_later_awaits() {
        let log = "t2 e1 d2 t3 e4 d3 e5".to_owned();
        let expected = Seen { result: Ok("5".to_owned()), log };
        assert_eq!(seen(|| Threads::run(held::<Threads>(5))), expected, "the blocking form");
        assert_eq!(seen(|| Futures::run(held::<Futures>(5))), expected, "the future form");
    }
}
