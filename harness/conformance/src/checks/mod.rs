//! Direct checks of numbered statements, written as tasklets on the public traits.
//!
//! They need neither the language of the recordings nor the model, so they tell a fault of the
//! backend from one of the interpreter.

mod budgets;
mod callbacks;
mod channels;
mod closing;
mod ends;
mod errors;
mod life;
mod pickles;
mod refusals;
mod ring;
mod threads;
mod tools;

use switchback::{Backend, Error, Portable};

/// A check that runs on its own scheduler.
pub(crate) type Check = fn() -> Result<(), Error>;

/// Number of the statement and its check; several for some.
pub(crate) fn all<B: Backend>() -> Vec<(u16, Check)> {
    macro_rules! list {
        ($($module:ident: $($number:literal $check:ident)*;)*) => {
            vec![$($(($number, || B::run($module::$check()))),*),*]
        };
    }
    let mut checks: Vec<(u16, Check)> = list! {
        life: 1 c001 2 c002 3 c003 4 c004 5 c005 6 c006 9 c009 10 c010 11 c011 12 c011 13 c013
            15 c015 16 c016 17 c017 18 c018;
        ring: 20 c020 21 c021 22 c022 23 c023 24 c024 25 c025
            26 c026 27 c027 29 c029 32 c032 34 c034 35 c035 36 c036 38 c038 39 c039 40 c040
            42 c042 43 c043 44 c044 45 c045;
        errors: 50 c050 51 c050 52 c052 53 c050 57 c057 70 c057 80 c080 81 c081 82 c082 83 c083
            84 c084 85 c057 86 c086 89 c089 140 c140 141 c141 142 c142 143 c143 145 c145
            146 c146 147 c147 148 c140 149 c149 150 c150 151 c150 152 c152 240 c240;
        threads: 19 c019;
        budgets: 61 c061 62 c062 63 c063 64 c064 65 c065 66 c066 67 c067 68 c068 69 c069 71 c071
            185 c185 186 c186 187 c187;
        channels: 100 c100 101 c101 102 c102 103 c103 104 c104 105 c105 106 c106 107 c107 108 c108
            109 c109 110 c110 111 c111 112 c112;
        closing: 113 c113 114 c113 115 c113 116 c116 117 c117 118 c118 119 c119 120 c120 121 c121
            122 c122 123 c123 124 c124 125 c125;
        callbacks: 160 c160 161 c161 162 c162 163 c163 164 c161 165 c165 170 c170 171 c171 172 c172
            175 c175 176 c176 177 c177 180 c180 182 c182 183 c183;
        refusals: 12 native_state 28 deadlocked_worker 30 targets 31 targets 33 targets
            37 targets 41 targets 87 deadlocked_worker 181 targets 181 channels 181 trapped
            181 queues 181 deadlocks 181 deadlocked_worker 181 paused_main 181 native_state;
        ends: 231 c231 232 c232 233 c233 280 c280 282 c282 283 c283;
    };
    checks.extend::<[(u16, Check); 11]>([
        (126, threads::c214::<B>),
        (205, threads::c205::<B>),
        (211, threads::c214::<B>),
        (212, threads::c212::<B>),
        (213, threads::c212::<B>),
        (214, threads::c214::<B>),
        (221, threads::c221::<B>),
        (46, ring::c046::<B>),
        (200, ends::c200::<B>),
        (281, ends::c281::<B>),
        (286, ends::c286::<B>),
    ]);
    checks
}

/// Numbers of the statements that [`portable`] checks.
pub(crate) const PORTABLE: &[u16] =
    &[72, 208, 219, 250, 251, 252, 253, 254, 255, 257, 258, 259, 261, 262, 266];

/// Number of the statement and its check, for backends that make pickles.
pub(crate) fn portable<B: Portable>() -> Vec<(u16, Check)> {
    vec![
        (72, || B::run(budgets::c072())),
        (208, threads::c208::<B>),
        (219, pickles::c219::<B>),
        (250, || B::run(pickles::c250())),
        (251, || B::run(pickles::c251())),
        (252, || B::run(pickles::c251())),
        (253, || B::run(pickles::c253())),
        (254, || B::run(pickles::c254())),
        (255, || B::run(pickles::c255())),
        (257, || B::run(pickles::c255())),
        (258, || B::run(pickles::c258())),
        (259, || B::run(pickles::c259())),
        (261, || B::run(pickles::c261())),
        (262, || B::run(pickles::c253())),
        (266, || B::run(pickles::c266())),
    ]
}
