//! The main screen, to the column.

use super::{fixture, text};

#[test]
fn wide() {
    assert_eq!(
        text(&fixture::model(), 120, 36),
        &WIDE[1..],
        "\n{}",
        text(&fixture::model(), 120, 36)
    );
}

#[test]
fn stacked() {
    let mut model = fixture::model();
    "Internal".clone_into(&mut model.work.undo[0].label);
    assert_eq!(
        text(&model, 80, 24),
        &STACKED[1..],
        "\n{}",
        text(&model, 80, 24)
    );
}

#[test]
fn compact() {
    let model = fixture::model();
    assert_eq!(
        text(&model, 40, 12),
        &COMPACT[1..],
        "\n{}",
        text(&model, 40, 12)
    );
}

const WIDE: &str = r"
 jolli  acme · embedded · operator               ● live @1842 · 48 sources · 3 stuck · 2 conflicts                14:02 
┏ 1 Sources (48) ◆3 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 30 of 48 ━┓┌ 2 Space bindings · frontend (4) ───────────────────────┐
┃    NAME        KIND    REPO                     STATE      ┃│› ● API Docs       src/api/**         14 docs  ok 5h    │
┃  ● backend     true    github.com/acme/backend  ok         ┃│  ○ SDK Reference  src/sdk/**          6 docs  off      │
┃▌ ■ frontend    true    github.com/acme/frontend stalled    ┃│  ● Internal       src/internal/**     3 docs  failed 3m│
┃  ● payments    true    github.com/acme/payments ok         ┃│  ◌ Handbook       all paths           –       saving on│
┃  □ search      true    github.com/acme/search   stopped    ┃│                                                        │
┃  ◐ billing     true    gitlab.com/acme/billing  lagging    ┃│                                                        │
┃ ◆· scratch     virtual gitlab.com/acme/api      not-tracked┃│                                                        │
┃ ◆· proto       virtual github.com/acme/proto    not-tracked┃└────────────────────────────────────────────────────────┘
┃ ◆· sdk-go      virtual github.com/acme/sdk-go   not-tracked┃┌ 3 Cursors · frontend ──────────────────────────────────┐
┃  ● gateway     true    github.com/acme/gateway  ok         ┃│› ■ 4f9c2d1 → head 8be01aa          main                │
┃  ○ legacy      true    git.corp:8443/old/mono   disabled   ┃│    behind 3h · 7 commits           ▁▁▂▂▃▅▅▇▇█          │
┃  ◄ infra       true    github.com/acme/infra    rewind     ┃│    stalled: space_failed (D-17)    w shows why         │
┃  ? mobile      true    github.com/acme/mobile   unknown    ┃│    moved 5h ago by run #84                             │
┃  ● auth        true    github.com/acme/auth     ok         ┃│                                                        │
┃  ● cli         true    github.com/acme/cli      ok         ┃│                                                        │
┃  ● design      true    gitlab.com/acme/…/design ok         ┃└────────────────────────────────────────────────────────┘
┃  ● events      true    github.com/acme/events   ok         ┃┌ 4 Recent runs (all) ───────────────────────────────────┐
┃  ● forms       true    github.com/acme/forms    ok         ┃│  #91 frontend  8be01aa  ✗ failed     2/3     41s   3m  │
┃  ● graph       true    github.com/acme/graph    ok         ┃│› #90 backend   11d0c9e  ▶ agent      1/3     22s  <1m  │
┃  ● ingest      true    github.com/acme/ingest   ok         ┃│  #89 payments  90aa1f2  ✓ succeeded  4/4   1m02s  12m  │
┃  ● jobs        true    github.com/acme/jobs     ok         ┃│  #88 billing   c01dbee  ↻ retrying   0/2   in 4m  31m  │
┃  ● kit         true    github.com/acme/kit      ok         ┃│  #87 search    77b1e02  ◌ queued     0/2       –  44m  │
┃  ● ledger      true    github.com/acme/ledger   ok         ┃│  #86 backend   f00dcab  » skipped    –      0.4s   1h  │
┃  ● mailer      true    github.com/acme/mailer   ok         ┃│      superseded by #90                                 │
┃  ● notify      true    github.com/acme/notify   ok         ┃│  #85 gateway   5c5ce11  ✓ succeeded  1/1     18s   2h  │
┃  ● orders      true    github.com/acme/orders   ok         ┃│  #84 frontend  4f9c2d1  ✓ succeeded  3/3     39s   5h  │
┃  ● parser      true    github.com/acme/parser   ok         ┃│                                                        │
┃  ● quota       true    github.com/acme/quota    ok         ┃│                                                        │
┃  ● router      true    github.com/acme/router   ok         ┃│                                                        │
┃  ● store       true    github.com/acme/store    ok         ┃│                                                        │
┃  ● tasks       true    github.com/acme/tasks    ok         ┃│                                                        │
┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ sort age ━┛└────────────────────────────────────────────────────────┘
 Saving: binding Handbook × frontend on. Not yet confirmed.                                                             
 l link  O on/off  w why stuck  x conflicts  / filter  v mark  : palette  ? help            u undo: pattern of Internal 
";

const STACKED: &str = r"
 jolli acme · operator              ● live @1842 · 3 stuck · 2 conflicts  14:02 
┏ 1 Sources (48) ◆3 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
┃    NAME          KIND    REPO                              STATE             ┃
┃  ● backend       true    github.com/acme/backend           ok                ┃
┃▌ ■ frontend      true    github.com/acme/frontend          stalled           ┃
┃  ● payments      true    github.com/acme/payments          ok                ┃
┃  □ search        true    github.com/acme/search            stopped           ┃
┃  ◐ billing       true    gitlab.com/acme/billing           lagging           ┃
┃ ◆· scratch       virtual gitlab.com/acme/api               not-tracked       ┃
┃ ◆· proto         virtual github.com/acme/proto             not-tracked       ┃
┃ ◆· sdk-go        virtual github.com/acme/sdk-go            not-tracked       ┃
┃  ● gateway       true    github.com/acme/gateway           ok                ┃
┃  ○ legacy        true    git.corp:8443/old/mono            disabled          ┃
┃  ◄ infra         true    github.com/acme/infra             rewind            ┃
┃  ? mobile        true    github.com/acme/mobile            unknown           ┃
┃  ● auth          true    github.com/acme/auth              ok                ┃
┃  ● cli           true    github.com/acme/cli               ok                ┃
┃  ● design        true    gitlab.com/acme/…/design          ok                ┃
┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 15 of 48 ━┛
 2 Space bindings · frontend   2 on, 1 off, 1 saving; Internal failed 3m        
 3 Cursors · frontend          ■ stalled 3h: space_failed                       
 4 Recent runs (all)           #91 ✗ 2/3 3m · #90 ▶ 1/3                         
                                                                                
 l link  w why  x conflicts  / filter  : ? more                u undo: Internal 
";

const COMPACT: &str = r"
 acme                    ● @1842  14:02 
┏ 1 Sources (48) ◆3 ━━━━━━━━━━━━━━━━━━━┓
┃  ● backend       true     ok         ┃
┃▌ ■ frontend      true     stalled    ┃
┃  ● payments      true     ok         ┃
┃  □ search        true     stopped    ┃
┃  ◐ billing       true     lagging    ┃
┃ ◆· scratch       virtual  not-tracked┃
┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
 2 bindings 3 · 3 cursor 3h · 4 runs 8  
                                        
 l w x / : ?                     u undo 
";
