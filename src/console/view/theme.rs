//! Themes: what each role looks like. A theme is a TOML file under `assets/themes`; views name roles and never colours.
//! Colour repeats what a glyph and a word already say, so `mono` loses nothing.

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

/// What a piece of the screen means; a theme says how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Ordinary text.
    Text,
    /// Less important than text.
    Dim,
    /// More important than text.
    Strong,
    /// Ours: marks, running things, links.
    Accent,
    /// As it should be.
    Good,
    /// Needs a look.
    Warn,
    /// Needs an action.
    Bad,
    /// Worth knowing.
    Info,
    /// The selected row.
    Select,
    /// The frame that has the keys.
    Focus,
    /// Cannot be taken back.
    Danger,
    /// Added by a change.
    Add,
    /// Taken away by a change.
    Del,
}

/// How a glyph looks without colours: `mono` maps glyphs, not roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Plain {
    /// As text.
    Text,
    /// Bold.
    Strong,
    /// Faint.
    Dim,
    /// Reverse video.
    Reverse,
    /// Underlined.
    Underline,
}

impl Plain {
    /// The style of it.
    pub const fn style(self) -> Style {
        let style = Style::new();
        match self {
            Self::Text => style,
            Self::Strong => style.add_modifier(Modifier::BOLD),
            Self::Dim => style.add_modifier(Modifier::DIM),
            Self::Reverse => style.add_modifier(Modifier::REVERSED),
            Self::Underline => style.add_modifier(Modifier::UNDERLINED),
        }
    }
}

/// A theme that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// No theme of that name comes with the program.
    #[error("no theme is called `{0}`; there are dark, light, mono, high-contrast")]
    Unknown(String),
    /// The file cannot be read.
    #[error("{path}: {error}")]
    Read {
        /// Which.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// The file is no theme.
    #[error(
        "the theme cannot be read: {0}; every role needs a table such as `good = {{ fg = 114 }}`"
    )]
    File(#[from] toml::de::Error),
}

/// A style for each role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    roles: Roles,
    mono: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "about")]
    _about: String,
    #[serde(default)]
    mono: bool,
    roles: Roles,
}

/// One field a role, so that a theme file that forgets one does not load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Roles {
    text: Look,
    dim: Look,
    strong: Look,
    accent: Look,
    good: Look,
    warn: Look,
    bad: Look,
    info: Look,
    select: Look,
    focus: Look,
    danger: Look,
    add: Look,
    del: Look,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Entry")]
struct Look(Style);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    fg: Option<Paint>,
    bg: Option<Paint>,
    #[serde(default)]
    mods: Vec<String>,
}

/// A colour as a file writes it: a number of the palette, a name, or `#rrggbb`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Paint {
    Index(u8),
    Named(String),
}

impl Paint {
    fn color(&self) -> Result<Color, String> {
        match self {
            Self::Index(index) => Ok(Color::Indexed(*index)),
            Self::Named(name) => name.parse().map_err(|_| {
                format!("`{name}` is no colour; write a palette number, a name or #rrggbb")
            }),
        }
    }
}

impl TryFrom<Entry> for Look {
    type Error = String;

    fn try_from(entry: Entry) -> Result<Self, String> {
        let mut style = Style::new();
        if let Some(fg) = &entry.fg {
            style = style.fg(fg.color()?);
        }
        if let Some(bg) = &entry.bg {
            style = style.bg(bg.color()?);
        }
        for word in &entry.mods {
            style = style.add_modifier(match word.as_str() {
                "bold" => Modifier::BOLD,
                "dim" => Modifier::DIM,
                "italic" => Modifier::ITALIC,
                "underlined" => Modifier::UNDERLINED,
                "reversed" => Modifier::REVERSED,
                other => {
                    return Err(format!(
                        "`{other}` is no modifier; there are bold, dim, italic, underlined, reversed"
                    ));
                }
            });
        }
        Ok(Self(style))
    }
}

impl Theme {
    /// The themes that come with the program, by name.
    pub const BUILT_IN: [(&'static str, &'static str); 4] = [
        ("dark", include_str!("../../../assets/themes/dark.toml")),
        ("light", include_str!("../../../assets/themes/light.toml")),
        ("mono", include_str!("../../../assets/themes/mono.toml")),
        (
            "high-contrast",
            include_str!("../../../assets/themes/high-contrast.toml"),
        ),
    ];

    /// The theme where nobody chose one: light where the terminal says in its environment (`COLORFGBG`) that its background
    /// is light. Asking the terminal itself would take a round trip, which the first frame does not wait for.
    pub fn usual(env: impl Fn(&str) -> Option<String>) -> &'static str {
        let says = env("COLORFGBG");
        let background = says.as_deref().and_then(|it| it.rsplit(';').next());
        match background {
            Some("7" | "15") => "light",
            _ => "dark",
        }
    }

    /// The theme of that name.
    pub fn named(name: &str) -> Result<Self, ThemeError> {
        Self::BUILT_IN
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| ThemeError::Unknown(name.to_owned()))
            .and_then(|(_, text)| Self::from_toml(text))
    }

    /// The theme that a file holds.
    pub fn from_toml(text: &str) -> Result<Self, ThemeError> {
        let file: File = toml::from_str(text)?;
        Ok(Self {
            roles: file.roles,
            mono: file.mono,
        })
    }

    /// Whether nothing may be told by colour.
    pub const fn is_mono(&self) -> bool {
        self.mono
    }

    /// What `role` looks like.
    pub const fn style(&self, role: Role) -> Style {
        let roles = &self.roles;
        match role {
            Role::Text => roles.text,
            Role::Dim => roles.dim,
            Role::Strong => roles.strong,
            Role::Accent => roles.accent,
            Role::Good => roles.good,
            Role::Warn => roles.warn,
            Role::Bad => roles.bad,
            Role::Info => roles.info,
            Role::Select => roles.select,
            Role::Focus => roles.focus,
            Role::Danger => roles.danger,
            Role::Add => roles.add,
            Role::Del => roles.del,
        }
        .0
    }
}

/// What the terminal can show, as its environment says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    /// Colours may be used.
    pub colour: bool,
    /// More than ASCII can be shown.
    pub unicode: bool,
}

impl Capability {
    /// A picture: it has no terminal that could lack anything.
    pub const PICTURE: Self = Self {
        colour: true,
        unicode: true,
    };

    /// Reads it from the environment: `NO_COLOR` (any value but empty), `TERM=dumb` and the terminals of old that have none
    /// (`TERM=vt220`) take the colours away, `TERM=dumb` and a locale that names another character set than UTF-8 take all but
    /// ASCII away.
    pub fn detect(env: impl Fn(&str) -> Option<String>) -> Self {
        let given = |name: &str| env(name).filter(|value| !value.is_empty());
        let term = given("TERM").unwrap_or_default();
        let dumb = term == "dumb";
        let colourless = dumb || ["vt100", "vt102", "vt220", "vt320"].contains(&term.as_str());
        // POSIX: the first of these that is set decides; an unset locale says nothing about the terminal.
        let charset = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(given);
        let utf8 = charset.is_none_or(|value| {
            let value = value.to_ascii_lowercase();
            value.contains("utf-8") || value.contains("utf8")
        });
        Self {
            colour: !colourless && given("NO_COLOR").is_none(),
            unicode: !dumb && utf8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::shot::{Ink, Palette, Rgb};

    #[test]
    fn every_built_in_theme_loads_and_mono_has_no_colour() {
        for (name, _) in Theme::BUILT_IN {
            let theme = Theme::named(name).unwrap();
            assert_eq!(theme.is_mono(), name == "mono");
        }
        let mono = Theme::named("mono").unwrap();
        for role in [
            Role::Text,
            Role::Good,
            Role::Bad,
            Role::Danger,
            Role::Select,
        ] {
            assert_eq!(mono.style(role).fg, None, "{role:?}");
            assert_eq!(mono.style(role).bg, None, "{role:?}");
        }
    }

    const ROLES: [Role; 13] = [
        Role::Text,
        Role::Dim,
        Role::Strong,
        Role::Accent,
        Role::Good,
        Role::Warn,
        Role::Bad,
        Role::Info,
        Role::Select,
        Role::Focus,
        Role::Danger,
        Role::Add,
        Role::Del,
    ];

    /// How bright a colour is, from 0 to 1 (WCAG 2: relative luminance).
    fn luminance(Rgb(red, green, blue): Rgb) -> f64 {
        let part = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue)
    }

    fn contrast(one: Rgb, other: Rgb) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn every_role_is_readable_on_the_background_of_its_theme() {
        // WCAG 2: 4.5 for text, 7 where much contrast is promised. Backgrounds as terminals have them, not pure black and white alone.
        let dark = [Rgb(0, 0, 0), Palette::DARK.background];
        let light = [Rgb(255, 255, 255), Palette::LIGHT.background];
        for (name, palette, backgrounds, least) in [
            ("dark", &Palette::DARK, dark, 4.5),
            ("light", &Palette::LIGHT, light, 4.5),
            ("high-contrast", &Palette::DARK, dark, 7.0),
        ] {
            let theme = Theme::named(name).unwrap();
            for role in ROLES {
                let Some(fg) = theme.style(role).fg else {
                    continue;
                };
                let ink = palette.resolve(Ink::from(fg), palette.foreground);
                for background in backgrounds {
                    let is = contrast(ink, background);
                    assert!(
                        is >= least,
                        "{name}: {role:?} {ink:?} on {background:?} is {is:.1}"
                    );
                }
            }
        }
    }

    #[test]
    fn selection_is_reverse_video_in_every_theme() {
        for (name, _) in Theme::BUILT_IN {
            let style = Theme::named(name).unwrap().style(Role::Select);
            assert!(style.add_modifier.contains(Modifier::REVERSED), "{name}");
        }
    }

    #[test]
    fn a_wrong_theme_says_what_is_wrong() {
        assert_eq!(
            Theme::named("solarized").unwrap_err().to_string(),
            "no theme is called `solarized`; there are dark, light, mono, high-contrast"
        );
        let text = Theme::BUILT_IN[0].1.replace("bold", "blink");
        assert!(
            Theme::from_toml(&text)
                .unwrap_err()
                .to_string()
                .contains("`blink` is no modifier")
        );
        let text = Theme::BUILT_IN[0].1.replace("good = { fg = 114 }\n", "");
        assert!(Theme::from_toml(&text).is_err());
    }

    #[test]
    fn the_usual_theme_goes_by_what_the_terminal_says_of_its_background() {
        let with = |value: Option<&str>| Theme::usual(|_| value.map(str::to_owned));
        assert_eq!(with(None), "dark");
        assert_eq!(with(Some("15;0")), "dark");
        assert_eq!(with(Some("0;15")), "light");
        assert_eq!(with(Some("0;default;7")), "light");
    }

    #[test]
    fn the_environment_takes_colours_and_characters_away() {
        let with = |pairs: &'static [(&'static str, &'static str)]| {
            Capability::detect(|name| {
                pairs
                    .iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| (*value).to_owned())
            })
        };
        let all = Capability {
            colour: true,
            unicode: true,
        };
        assert_eq!(with(&[]), all);
        assert_eq!(with(&[("NO_COLOR", "")]), all);
        assert!(!with(&[("NO_COLOR", "1")]).colour);
        assert_eq!(
            with(&[("TERM", "dumb"), ("LANG", "en_US.UTF-8")]),
            Capability {
                colour: false,
                unicode: false
            }
        );
        assert!(!with(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")]).unicode);
        let old = with(&[("TERM", "vt220"), ("LANG", "en_US.UTF-8")]);
        assert!(!old.colour && old.unicode);
        assert!(with(&[("TERM", "linux")]).colour);
    }
}
