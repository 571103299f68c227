//! Tokens, integrations and secrets: whole screens.

use super::super::fixture::admin;
use super::text;

macro_rules! screens {
    ($($name:ident: $model:expr;)+) => {$(
        #[test]
        fn $name() {
            let model = $model;
            for (width, height) in [(120, 36), (80, 24), (40, 12)] {
                insta::assert_snapshot!(
                    format!("{}_{width}x{height}", stringify!($name)),
                    text(&model, width, height)
                );
            }
        }
    )+};
}

screens! {
    tokens: admin::tokens();
    tokens_refused: admin::tokens_refused();
    secret: admin::secret();
    integration: admin::integration();
    profiles: admin::profiles();
    production: admin::production();
    info: admin::info();
    own_log: admin::own_log();
}
