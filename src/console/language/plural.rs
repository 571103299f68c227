//! Which form of a text a number takes: the `Plural-Forms` of a catalogue, an expression of C over `n`.

/// How many forms there are, and which a number takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plural {
    /// How many forms.
    pub forms: usize,
    rule: Expression,
}

impl Default for Plural {
    /// As English: one, and any other number.
    fn default() -> Self {
        Self::parse("nplurals=2; plural=(n != 1);").expect("the rule of English is one")
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Expression {
    Number(u64),
    N,
    Not(Box<Expression>),
    Two(Operator, Box<Expression>, Box<Expression>),
    Choice(Box<Expression>, Box<Expression>, Box<Expression>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Or,
    And,
    Same,
    Other,
    Less,
    More,
    AtMost,
    AtLeast,
    Plus,
    Minus,
    Times,
    Over,
    Rest,
}

/// Operators by how strongly they bind, the weakest first; the longer of two that begin alike goes first.
const BINDING: [&[(&str, Operator)]; 6] = [
    &[("||", Operator::Or)],
    &[("&&", Operator::And)],
    &[("==", Operator::Same), ("!=", Operator::Other)],
    &[
        ("<=", Operator::AtMost),
        (">=", Operator::AtLeast),
        ("<", Operator::Less),
        (">", Operator::More),
    ],
    &[("+", Operator::Plus), ("-", Operator::Minus)],
    &[
        ("*", Operator::Times),
        ("/", Operator::Over),
        ("%", Operator::Rest),
    ],
];

/// No language nests deeper; a file that does must not end the console.
const DEEPEST: usize = 64;

impl Plural {
    /// `nplurals=3; plural=n%10==1 ? 0 : 2;`
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let part = |name: &str| {
            text.split(';').find_map(|part| {
                let (key, value) = part.split_once('=')?;
                (key.trim() == name).then_some(value.trim())
            })
        };
        let forms = part("nplurals").and_then(|it| it.parse().ok());
        let forms = forms
            .filter(|it| (1..=9).contains(it))
            .ok_or("it has no nplurals from 1 to 9")?;
        let rule = part("plural").ok_or("it has no plural=")?;
        let mut reader = Reader { rest: rule };
        let rule = reader.choice(0)?;
        if reader.blank().is_empty() {
            Ok(Self { forms, rule })
        } else {
            Err(format!(
                "{:?} is not understood",
                reader.rest.chars().take(12).collect::<String>()
            ))
        }
    }

    /// Which form this number takes; never beyond the last.
    pub fn form(&self, n: u64) -> usize {
        let form = usize::try_from(self.rule.of(n)).unwrap_or(usize::MAX);
        form.min(self.forms - 1)
    }
}

impl Expression {
    fn of(&self, n: u64) -> u64 {
        match self {
            Self::Number(number) => *number,
            Self::N => n,
            Self::Not(of) => u64::from(of.of(n) == 0),
            Self::Choice(when, then, other) => {
                if when.of(n) == 0 {
                    other.of(n)
                } else {
                    then.of(n)
                }
            }
            Self::Two(operator, one, other) => {
                let (one, other) = (one.of(n), other.of(n));
                match operator {
                    Operator::Or => u64::from(one != 0 || other != 0),
                    Operator::And => u64::from(one != 0 && other != 0),
                    Operator::Same => u64::from(one == other),
                    Operator::Other => u64::from(one != other),
                    Operator::Less => u64::from(one < other),
                    Operator::More => u64::from(one > other),
                    Operator::AtMost => u64::from(one <= other),
                    Operator::AtLeast => u64::from(one >= other),
                    Operator::Plus => one.wrapping_add(other),
                    Operator::Minus => one.wrapping_sub(other),
                    Operator::Times => one.wrapping_mul(other),
                    // By nothing: no form is right, the first is there.
                    Operator::Over => one.checked_div(other).unwrap_or(0),
                    Operator::Rest => one.checked_rem(other).unwrap_or(0),
                }
            }
        }
    }
}

struct Reader<'text> {
    rest: &'text str,
}

impl<'text> Reader<'text> {
    fn blank(&mut self) -> &'text str {
        self.rest = self.rest.trim_start();
        self.rest
    }

    fn take(&mut self, word: &str) -> bool {
        match self.blank().strip_prefix(word) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn choice(&mut self, depth: usize) -> Result<Expression, String> {
        if depth > DEEPEST {
            return Err("it is nested too deeply".to_owned());
        }
        let when = self.two(0, depth)?;
        if !self.take("?") {
            return Ok(when);
        }
        let then = self.choice(depth + 1)?;
        if !self.take(":") {
            return Err("a ? has no :".to_owned());
        }
        let other = self.choice(depth + 1)?;
        Ok(Expression::Choice(when.into(), then.into(), other.into()))
    }

    fn two(&mut self, level: usize, depth: usize) -> Result<Expression, String> {
        let Some(operators) = BINDING.get(level) else {
            return self.one(depth);
        };
        let mut left = self.two(level + 1, depth)?;
        while let Some((_, operator)) = operators.iter().find(|(word, _)| self.take(word)) {
            let right = self.two(level + 1, depth)?;
            left = Expression::Two(*operator, left.into(), right.into());
        }
        Ok(left)
    }

    fn one(&mut self, depth: usize) -> Result<Expression, String> {
        if depth > DEEPEST {
            return Err("it is nested too deeply".to_owned());
        }
        if self.take("!") {
            return Ok(Expression::Not(self.one(depth + 1)?.into()));
        }
        if self.take("(") {
            let inner = self.choice(depth + 1)?;
            return if self.take(")") {
                Ok(inner)
            } else {
                Err("a ( has no )".to_owned())
            };
        }
        if self.take("n") {
            return Ok(Expression::N);
        }
        let text = self.blank();
        let end = text
            .find(|it: char| !it.is_ascii_digit())
            .unwrap_or(text.len());
        let number = text[..end]
            .parse()
            .map_err(|_| format!("a number or n is missing before {text:?}"))?;
        self.rest = &text[end..];
        Ok(Expression::Number(number))
    }
}
