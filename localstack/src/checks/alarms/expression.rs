//! Metric math, as far as template.yaml uses it; whatever else stands in an expression is an error.
//!
//! The rules are those of the CloudWatch User Guide, "Using math expressions with CloudWatch metrics":
//! in an operation of two series a missing value counts as 0 where the other has one; what would be divided by 0 is dropped;
//! `IF` drops what its condition misses; `FILL` fills and does nothing else; `DIFF` has no first value.

use std::{collections::BTreeMap, iter::Peekable, vec::IntoIter};

use anyhow::{Context, Result, bail, ensure};

/// The data points of a series, oldest first.
pub(super) type Points = Vec<Option<f64>>;

/// What an expression is made of.
#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(f64),
    Word(String),
    Sign(&'static str),
}

/// The signs, each before those that begin it.
const SIGNS: [&str; 18] =
    ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "^", "(", ")", "[", "]", ","];

/// A parsed expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    Number(f64),
    /// The id of a metric, or of another expression.
    Id(String),
    List(Vec<Expression>),
    Call(Function, Vec<Expression>),
    Operation(Operator, Box<Expression>, Box<Expression>),
}

/// The functions that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    If,
    Fill,
    Diff,
    Sum,
    Max,
    Min,
}

/// The operators that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    LessOrEqual,
    GreaterOrEqual,
    Less,
    Greater,
    Plus,
    Minus,
    Times,
    Over,
}

/// The operators in the order in which they bind, the loosest first.
const LEVELS: [&[(&str, Operator)]; 5] = [
    &[("OR", Operator::Or), ("||", Operator::Or)],
    &[("AND", Operator::And), ("&&", Operator::And)],
    &[
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ],
    &[("+", Operator::Plus), ("-", Operator::Minus)],
    &[("*", Operator::Times), ("/", Operator::Over)],
];

impl Expression {
    /// Reads an expression.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let mut tokens = tokens(text)?.into_iter().peekable();
        let expression = operation(&mut tokens, 0)?;
        ensure!(tokens.peek().is_none(), "{text:?} goes on after its end");
        Ok(expression)
    }

    /// The ids that it uses.
    pub(super) fn ids(&self) -> Vec<&str> {
        match self {
            Self::Number(_) => Vec::new(),
            Self::Id(id) => vec![id],
            Self::List(parts) | Self::Call(_, parts) => parts.iter().flat_map(Self::ids).collect(),
            Self::Operation(_, one, other) => [one.ids(), other.ids()].concat(),
        }
    }

    /// The data points of the expression, from those of its ids.
    pub(super) fn evaluate(&self, of: &BTreeMap<&str, Points>) -> Result<Points> {
        match self.value(of)? {
            Value::Points(points) => Ok(points),
            Value::Number(_) | Value::List(_) => bail!("the result is no series, which an alarm needs"),
        }
    }

    fn value(&self, of: &BTreeMap<&str, Points>) -> Result<Value> {
        Ok(match self {
            Self::Number(number) => Value::Number(*number),
            Self::Id(id) => Value::Points(of.get(id.as_str()).with_context(|| format!("there is no {id}"))?.clone()),
            Self::List(parts) => {
                let series = |part: &Self| match part.value(of)? {
                    Value::Points(points) => Ok(points),
                    _ => bail!("a list holds something else than series"),
                };
                Value::List(parts.iter().map(series).collect::<Result<_>>()?)
            }
            Self::Call(function, arguments) => {
                let arguments = arguments.iter().map(|argument| argument.value(of)).collect::<Result<Vec<_>>>()?;
                function.call(&arguments)?
            }
            Self::Operation(operator, one, other) => operator.apply(one.value(of)?, other.value(of)?)?,
        })
    }
}

/// What a part of an expression is worth.
#[derive(Clone, Debug)]
enum Value {
    Number(f64),
    Points(Points),
    List(Vec<Points>),
}

impl Function {
    fn named(name: &str) -> Result<Self> {
        Ok(match name {
            "IF" => Self::If,
            "FILL" => Self::Fill,
            "DIFF" => Self::Diff,
            "SUM" => Self::Sum,
            "MAX" => Self::Max,
            "MIN" => Self::Min,
            _ => bail!("the function {name} is not known here"),
        })
    }

    fn call(self, arguments: &[Value]) -> Result<Value> {
        Ok(Value::Points(match (self, arguments) {
            (Self::Fill, [Value::Points(points), Value::Number(filler)]) => {
                points.iter().map(|point| point.or(Some(*filler))).collect()
            }
            (Self::Diff, [Value::Points(points)]) => differences(points),
            (Self::If, [Value::Points(condition), then, otherwise]) => {
                // What is true and has no value is 0; what is false and has none is dropped.
                let chosen = |(place, condition): (usize, &Option<f64>)| match condition {
                    None => None,
                    Some(0.0) => at(otherwise, place),
                    Some(_) => Some(at(then, place).unwrap_or_default()),
                };
                ensure!(
                    !matches!((then, otherwise), (Value::List(_), _) | (_, Value::List(_))),
                    "IF chooses between lists"
                );
                condition.iter().enumerate().map(chosen).collect()
            }
            // Of one series they would be a number that changes with what else CloudWatch looks at.
            (Self::Sum, [Value::List(series)]) => over(series, |one, other| one + other),
            (Self::Max, [Value::List(series)]) => over(series, f64::max),
            (Self::Min, [Value::List(series)]) => over(series, f64::min),
            (function, _) => bail!("{function:?} is called in a way that is not known here"),
        }))
    }
}

/// The value at a place of a series; a number stands at each.
fn at(value: &Value, place: usize) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Points(points) => points.get(place).copied().flatten(),
        Value::List(_) => None,
    }
}

/// By how much each value differs from the one before it. The first has none before it.
fn differences(points: &[Option<f64>]) -> Points {
    let mut before = None;
    let difference = |point: &Option<f64>| {
        let difference = point.zip(before).map(|(point, before)| point - before);
        before = point.or(before);
        difference
    };
    points.iter().map(difference).collect()
}

/// One series of several; where all of them miss a value it does, too.
fn over(series: &[Points], unite: impl Fn(f64, f64) -> f64) -> Points {
    let places = series.iter().map(Vec::len).max().unwrap_or_default();
    let place = |place: usize| series.iter().filter_map(|points| points.get(place).copied().flatten()).reduce(&unite);
    (0..places).map(place).collect()
}

impl Operator {
    fn apply(self, one: Value, other: Value) -> Result<Value> {
        let both = |one: Option<f64>, other: Option<f64>| match (one, other) {
            (None, None) => None,
            // Where only one of two series has a value, that of the other is 0.
            (one, other) => self.compute(one.unwrap_or_default(), other.unwrap_or_default()),
        };
        Ok(match (one, other) {
            (Value::Number(one), Value::Number(other)) => {
                Value::Number(self.compute(one, other).context("a number is divided by 0")?)
            }
            (Value::Points(one), Value::Number(other)) => {
                Value::Points(one.into_iter().map(|one| self.compute(one?, other)).collect())
            }
            (Value::Number(one), Value::Points(other)) => {
                Value::Points(other.into_iter().map(|other| self.compute(one, other?)).collect())
            }
            (Value::Points(one), Value::Points(other)) => {
                Value::Points(one.into_iter().zip(other).map(|(one, other)| both(one, other)).collect())
            }
            _ => bail!("{self:?} of a list is not known here"),
        })
    }

    fn compute(self, one: f64, other: f64) -> Option<f64> {
        let (is_one, is_other) = (one != 0.0, other != 0.0);
        let told = |holds: bool| if holds { 1.0 } else { 0.0 };
        Some(match self {
            Self::Or => told(is_one || is_other),
            Self::And => told(is_one && is_other),
            #[expect(clippy::float_cmp, reason = "as CloudWatch compares them")]
            Self::Equal => told(one == other),
            #[expect(clippy::float_cmp, reason = "as CloudWatch compares them")]
            Self::NotEqual => told(one != other),
            Self::LessOrEqual => told(one <= other),
            Self::GreaterOrEqual => told(one >= other),
            Self::Less => told(one < other),
            Self::Greater => told(one > other),
            Self::Plus => one + other,
            Self::Minus => one - other,
            Self::Times => one * other,
            Self::Over if is_other => one / other,
            Self::Over => return None,
        })
    }
}

fn tokens(text: &str) -> Result<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length_of = |is_part: fn(char) -> bool| rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        let length = if first.is_ascii_digit() {
            let length = length_of(|letter| letter.is_ascii_digit() || letter == '.');
            tokens.push(Token::Number(
                rest[..length].parse().with_context(|| format!("{:?} is no number", &rest[..length]))?,
            ));
            length
        } else if first.is_ascii_alphabetic() {
            let length = length_of(|letter| letter.is_ascii_alphanumeric() || letter == '_');
            tokens.push(Token::Word(rest[..length].to_owned()));
            length
        } else {
            let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
            let sign = sign.with_context(|| format!("{first:?} is not known here"))?;
            tokens.push(Token::Sign(sign));
            sign.len()
        };
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

type Tokens = Peekable<IntoIter<Token>>;

/// Reads operations of a level of [`LEVELS`] and those that bind closer.
fn operation(tokens: &mut Tokens, level: usize) -> Result<Expression> {
    let Some(operators) = LEVELS.get(level) else { return atom(tokens) };
    let mut expression = operation(tokens, level + 1)?;
    let found = |token: &Token| {
        let name = match token {
            Token::Word(word) => word.as_str(),
            Token::Sign(sign) => sign,
            Token::Number(_) => return None,
        };
        operators.iter().find(|(known, _)| *known == name).map(|(_, operator)| *operator)
    };
    while let Some(operator) = tokens.peek().and_then(found) {
        tokens.next();
        expression = Expression::Operation(operator, Box::new(expression), Box::new(operation(tokens, level + 1)?));
    }
    Ok(expression)
}

fn atom(tokens: &mut Tokens) -> Result<Expression> {
    Ok(match tokens.next().context("it ends too early")? {
        Token::Number(number) => Expression::Number(number),
        Token::Sign("(") => {
            let expression = operation(tokens, 0)?;
            ensure!(tokens.next() == Some(Token::Sign(")")), "a parenthesis is not closed");
            expression
        }
        Token::Sign("[") => Expression::List(list(tokens, "]")?),
        Token::Sign("-") => {
            let negated = atom(tokens)?;
            Expression::Operation(Operator::Minus, Box::new(Expression::Number(0.0)), Box::new(negated))
        }
        Token::Word(name) if tokens.next_if_eq(&Token::Sign("(")).is_some() => {
            Expression::Call(Function::named(&name)?, list(tokens, ")")?)
        }
        Token::Word(id) if id.starts_with(|first: char| first.is_ascii_lowercase()) => Expression::Id(id),
        other => bail!("{other:?} is not known here"),
    })
}

fn list(tokens: &mut Tokens, end: &'static str) -> Result<Vec<Expression>> {
    let mut parts = vec![operation(tokens, 0)?];
    loop {
        match tokens.next() {
            Some(Token::Sign(",")) => parts.push(operation(tokens, 0)?),
            Some(Token::Sign(sign)) if sign == end => return Ok(parts),
            other => bail!("a list has {other:?} where it should go on or end"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A missing value, as the User Guide writes it.
    const NONE: f64 = f64::NAN;

    fn points(values: &[f64]) -> Points {
        values.iter().map(|value| Some(*value).filter(|value| !value.is_nan())).collect()
    }

    fn evaluated(text: &str, of: &[(&'static str, &[f64])]) -> Result<Points> {
        let of = of.iter().map(|(id, values)| (*id, points(values))).collect();
        Expression::parse(text)?.evaluate(&of)
    }

    #[test]
    fn operators_bind_as_in_arithmetic_and_words_bind_loosest() {
        let of = [("a", &[2.0][..]), ("b", &[3.0])];
        let value = |text: &str| evaluated(text, &of).unwrap()[0].unwrap();
        assert_eq!(value("a + b * 4"), 14.0);
        assert_eq!(value("(a + b) * 4"), 20.0);
        assert_eq!(value("10 - a - b"), 5.0);
        assert_eq!(value("100 * a / (a + b)"), 40.0);
        assert_eq!(value("a > 1 AND a + b < 6"), 1.0);
        assert_eq!(value("a > 2 OR a > 1 AND b > 3"), 0.0);
        assert_eq!(value("-a + b"), 1.0);
        for (text, holds) in
            [("a == 2", 1.0), ("a != 2", 0.0), ("a >= 2", 1.0), ("a <= 1", 0.0), ("a < b || b < a", 1.0)]
        {
            assert_eq!(value(text), holds, "{text}");
        }
    }

    #[test]
    fn where_one_of_two_series_has_no_value_it_counts_as_0() {
        // The tables of the User Guide, "Comparison and logical operators".
        let of = [("m1", &[30.0, 20.0, 0.0, 0.0][..]), ("m2", &[20.0, NONE, 20.0, NONE])];
        let value = |text: &str| evaluated(text, &of).unwrap();
        assert_eq!(value("m1 < m2"), points(&[0.0, 0.0, 1.0, 0.0]));
        assert_eq!(value("m1 >= 30"), points(&[1.0, 0.0, 0.0, 0.0]));
        assert_eq!(value("m1 > 15 AND m2 > 15"), points(&[1.0, 0.0, 0.0, 0.0]));
        assert_eq!(value("m1 + m2"), points(&[50.0, 20.0, 20.0, 0.0]), "arithmetic, too");
        // With a number there is no second series that would have a value.
        assert_eq!(value("m2 > 15"), points(&[1.0, NONE, 1.0, NONE]));
        assert_eq!(value("m2 * 2"), points(&[40.0, NONE, 40.0, NONE]));
        assert_eq!(evaluated("a + b", &[("a", &[NONE]), ("b", &[NONE])]).unwrap(), points(&[NONE]));
    }

    #[test]
    fn what_would_be_divided_by_0_is_dropped() {
        let of = [("a", &[1.0, 1.0, 0.0][..]), ("b", &[4.0, 0.0, 0.0])];
        assert_eq!(evaluated("100 * a / b", &of).unwrap(), points(&[25.0, NONE, NONE]));
        assert_eq!(evaluated("a / FILL(b, 1)", &of).unwrap(), points(&[0.25, NONE, NONE]), "FILL fills, and no more");
    }

    #[test]
    fn if_chooses_point_by_point_and_drops_what_its_condition_misses() {
        // The tables of the User Guide, "Using IF expressions".
        let of = [
            ("m1", &[1.0, 1.0, 0.0, 0.0, NONE][..]),
            ("m2", &[30.0, NONE, 0.0, 0.0, 30.0]),
            ("m3", &[0.0, 0.0, 20.0, NONE, 20.0]),
        ];
        let value = |text: &str| evaluated(text, &of).unwrap();
        assert_eq!(value("IF(m1, m2, m3)"), points(&[30.0, 0.0, 20.0, NONE, NONE]));
        assert_eq!(value("IF(m1, 5, m3)"), points(&[5.0, 5.0, 20.0, NONE, NONE]));
        assert_eq!(value("IF(m1, m2, 5)"), points(&[30.0, 0.0, 5.0, 5.0, NONE]));
    }

    #[test]
    fn fill_puts_a_number_where_nothing_is_also_where_there_is_nothing_at_all() {
        assert_eq!(evaluated("FILL(a, 0)", &[("a", &[NONE, 7.0, NONE])]).unwrap(), points(&[0.0, 7.0, 0.0]));
        assert_eq!(evaluated("FILL(a, 1)", &[("a", &[NONE, NONE])]).unwrap(), points(&[1.0, 1.0]));
    }

    #[test]
    fn diff_compares_with_the_value_before_and_has_no_first() {
        let of = [("a", &[NONE, 2.0, 5.0, NONE, 4.0][..])];
        assert_eq!(evaluated("DIFF(a)", &of).unwrap(), points(&[NONE, NONE, 3.0, NONE, -1.0]));
        assert_eq!(evaluated("DIFF(FILL(a, 0))", &of).unwrap(), points(&[NONE, 2.0, 3.0, -5.0, 4.0]));
    }

    #[test]
    fn a_list_becomes_one_series_which_misses_what_all_miss() {
        let of = [("a", &[1.0, NONE, NONE][..]), ("b", &[2.0, 3.0, NONE])];
        assert_eq!(evaluated("SUM([a, b])", &of).unwrap(), points(&[3.0, 3.0, NONE]));
        assert_eq!(evaluated("MAX([a, b])", &of).unwrap(), points(&[2.0, 3.0, NONE]));
        assert_eq!(evaluated("MIN([a, b])", &of).unwrap(), points(&[1.0, 3.0, NONE]));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let of = [("a", &[1.0][..]), ("b", &[2.0])];
        for text in [
            "",
            "a +",
            "a b",
            "(a",
            "RATE(a)",
            "fill(a, 0)",
            "FILL(a, REPEAT)",
            "FILL(a)",
            "SUM(a)",
            "SUM([a, 1])",
            "DIFF([a])",
            "IF(a, b)",
            "IF(1, a, b)",
            "a ^ 2",
            "a % 2",
            "Errors",
            "c",
            "1 + 1",
            "[a, b]",
            "a AND",
            "[a, b] * 2",
            "1.2.3 * a",
        ] {
            assert!(evaluated(text, &of).is_err(), "{text:?} was taken");
        }
        assert_eq!(Expression::parse("IF(a > 1, FILL(b, 0), [a])").unwrap().ids(), ["a", "b", "a"]);
    }
}
