//! The pictures in `screenshots/`: scripts on the world that stands still. A plain run compares what the console shows now
//! with the pictures; `screenshots/make` takes them anew.

use std::path::{Path, PathBuf};

use jolli::console::shot::{Palette, svg, text};

use super::{filter, leave, wait_selected};
use crate::support::Console;
use crate::support::demo::Demo;
use crate::support::picture::grid;

/// Pixels of a PNG for each of the SVG's.
#[cfg(feature = "shot")]
const ZOOM: f32 = 1.1;

struct Script {
    console: Console,
    name: &'static str,
    demo: Demo,
}

impl Script {
    fn start(name: &'static str, cols: u16, rows: u16) -> Self {
        let demo = Demo::still();
        let console = demo.console(&[]).size(cols, rows).spawn();
        console.wait_text("● live").settle();
        Self {
            console,
            name,
            demo,
        }
    }

    /// Takes the picture and ends.
    fn take(self) {
        let Self {
            mut console,
            name,
            demo,
        } = self;
        console.settle();
        let grid = grid(&console.snapshot());
        let now = svg(&grid, &Palette::DARK);
        let path = file(name, "svg");
        if std::env::var_os("JOLLI_BLESS").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &now).unwrap();
            #[cfg(feature = "shot")]
            {
                let png = jolli::console::shot::png(&now, ZOOM).unwrap();
                std::fs::write(file(name, "png"), png).unwrap();
            }
        } else {
            let kept = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                kept == now,
                "the screen is another than {}; if that is meant: screenshots/make\n{}",
                path.display(),
                text(&grid)
            );
        }
        // Out of field and popup, where Q is a letter.
        console.press("Esc").press("Esc");
        leave(console);
        drop(demo);
    }
}

fn file(name: &str, extension: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("screenshots")
        .join(name)
        .with_extension(extension)
}

#[test]
fn main_screen() {
    let mut script = Script::start("main", 120, 36);
    script.console.press("j");
    wait_selected(&script.console, "frontend");
    script.take();
}

#[test]
fn why_stuck() {
    let mut script = Script::start("why-stuck", 120, 36);
    filter(&mut script.console, "state:stuck");
    wait_selected(&script.console, "frontend");
    script.console.press("w");
    script.console.wait_text("D-17").settle();
    script.console.press("1");
    script.console.wait_text("Enter runs it");
    script.take();
}

#[test]
fn link_preview() {
    let mut script = Script::start("link-preview", 120, 36);
    script.console.keys("jjjjj");
    wait_selected(&script.console, "scratch");
    script.console.press("l");
    script.console.wait_text("1 of 3").settle();
    script.console.press("Enter");
    script.console.wait_text("STRICT CONFLICTS");
    script.take();
}

#[test]
fn conflicts() {
    let mut script = Script::start("conflicts", 120, 36);
    script.console.press("j");
    wait_selected(&script.console, "frontend");
    script.console.press("x");
    script.console.wait_text("Strict conflicts (2)");
    script.take();
}

#[test]
fn run() {
    let mut script = Script::start("run", 120, 36);
    script.console.press("4");
    script.console.press("j");
    wait_selected(&script.console, "#90");
    script.console.press("Enter");
    script.console.wait_text("Steps · #90");
    script.take();
}

#[test]
fn thread() {
    let mut script = Script::start("thread", 120, 36);
    script.console.keys("ga");
    script.console.wait_text("Approvals (1)").settle();
    script.console.press("Enter");
    script.console.wait_text("Approval 7 · turn 2").settle();
    script.console.wait_text("Tab comes here to answer.");
    script.console.press("Tab").press("Tab");
    script.console.wait_text("a allow once");
    script.take();
}

#[test]
fn revert() {
    let mut script = Script::start("revert", 120, 36);
    script.console.press("4");
    script.console.press("j");
    wait_selected(&script.console, "#90");
    script.console.press("Enter");
    script.console.wait_text("Steps · #90");
    script.console.press("Tab");
    wait_selected(&script.console, "API Docs");
    script.console.press("Enter");
    script.console.wait_text("turn 2  ✓ 1 file").settle();
    script.console.keys("!b");
    script.console.wait_text("Would become");
    script.take();
}

#[test]
fn source() {
    let mut script = Script::start("source", 120, 36);
    script.console.press("j");
    wait_selected(&script.console, "frontend");
    script.console.press("Enter");
    script.console.wait_text("Conditions");
    script.take();
}

#[test]
fn palette() {
    let mut script = Script::start("palette", 120, 36);
    script.console.keys("jjjjj");
    wait_selected(&script.console, "scratch");
    script.console.press(":");
    script.console.wait_text("Commands · scratch").settle();
    script.console.keys("lin");
    script.console.wait_text("Link to an integration");
    script.take();
}

#[test]
fn narrow() {
    let mut script = Script::start("narrow", 80, 24);
    script.console.press("j");
    wait_selected(&script.console, "frontend");
    script.take();
}
