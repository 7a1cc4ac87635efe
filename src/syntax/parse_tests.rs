use super::*;
use proptest::prelude::*;

/// The directives on one line each, words between bars, to compare with tables.
fn shown(directives: &[Directive]) -> String {
    let mut text = String::new();
    for directive in directives {
        text.push_str(&directive.name);
        for arg in &directive.args {
            text.push('|');
            text.push_str(arg);
        }
        if let Some(block) = &directive.block {
            text.push_str(&["{", &shown(block), "}"].concat());
        }
        text.push(';');
    }
    text
}

#[test]
fn reads_words_as_nginx_does() {
    for (text, expected) in [
        ("", ""),
        (" \t\r\n # only a comment", ""),
        ("a;", "a;"),
        ("a b\tc\r\nd;", "a|b|c|d;"),
        ("a b;c;", "a|b;c;"),
        ("a{b c;}", "a{b|c;};"),
        ("a { } b {c{}}", "a{};b{c{};};"),
        ("a b#c;", "a|b#c;"),
        ("a b #c;\n d;", "a|b|d;"),
        ("a #}\n;", "a;"),
        ("a b}c;", "a|b}c;"),
        (r#"a b"c d"e;"#, r#"a|b"c|d"e;"#),
        (r#"a "b c";"#, "a|b c;"),
        (r#"a 'b "c';"#, r#"a|b "c;"#),
        (r#"a "";"#, "a|;"),
        (r#"a "b;{}#c";"#, "a|b;{}#c;"),
        ("a \"b\nc\";", "a|b\nc;"),
        (r#"a "b"{}"#, "a|b{};"),
        (r#"if ($a = "b") {}"#, "if|($a|=|b|){};"),
        (r#"a "b")c;"#, "a|b|)c;"),
        (r"a b\ c;", r"a|b\ c;"),
        (r"a b\;c;", r"a|b\;c;"),
        (r"a \{b;", r"a|\{b;"),
        (r"a \tb\n;", "a|\tb\n;"),
        (r#"a "\"\'\\\t\r\n\x";"#, "a|\"'\\\t\r\n\\x;"),
        (r#"a "\\";"#, r"a|\;"),
        ("a ${b}c;", "a|${b}c;"),
        ("a x${b}{}", "a|x${b}{};"),
        ("a ${{{b;", "a|${{{b;"),
        ("a $b{}", "a|$b{};"),
        (r#"a "${b";"#, "a|${b;"),
        (r"a $\{b;", r"a|$\{b;"),
        (r#""a b" c;"#, "a b|c;"),
        ("a é;", "a|é;"),
        ("\u{feff}a;", "\u{feff}a;"),
        (
            "x_by_lua_block { if a then b = { '}' } end } c;",
            "x_by_lua_block{};c;",
        ),
        (
            "set_by_lua_block $a { -- }\n --[[ } ]] s = [==[ }]] ]==] \"\\\"}\" } c;",
            "set_by_lua_block|$a{};c;",
        ),
    ] {
        let parsed = parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(shown(&parsed), expected, "{text}");
    }
}

#[test]
fn refuses_what_nginx_refuses() {
    let unexpected = |found, line| SyntaxError::Unexpected { found, line };
    for (text, error) in [
        (";", unexpected(';', 1)),
        ("a;\n{}", unexpected('{', 2)),
        ("a;}", unexpected('}', 1)),
        ("a {b }", unexpected('}', 1)),
        ("a \"b\"c;", unexpected('c', 1)),
        ("a \"b\"\"c\";", unexpected('"', 1)),
        ("a", SyntaxError::End { line: 1 }),
        ("a \"b", SyntaxError::End { line: 1 }),
        ("a \"b\"", SyntaxError::End { line: 1 }),
        ("a b\\", SyntaxError::End { line: 1 }),
        ("a {\n b;\n", SyntaxError::End { line: 3 }),
        ("a_by_lua_block {\n '}' ", SyntaxError::End { line: 2 }),
    ] {
        assert_eq!(parse(text.as_bytes()), Err(error), "{text}");
    }
}

#[test]
fn bytes_that_are_not_text_are_replaced() {
    let parsed = parse(b"a \xff\"b;").unwrap();
    assert_eq!(parsed[0].args, ["\u{fffd}\"b"]);
}

#[test]
fn lines_and_spans_point_into_the_text() {
    let text = "# 1\n\"a\"\n b\n{\n  c \"x\n y\"; d\\\n e;\n}\nf;";
    let parsed = parse(text.as_bytes()).unwrap();
    let block = parsed[0].block.as_ref().unwrap();
    assert_eq!(&text[parsed[0].head.clone()], "\"a\"\n b\n{");
    assert_eq!(
        &text[parsed[0].span.clone()],
        &text[4..text.len() - "\nf;".len()]
    );
    assert_eq!(&text[block[0].span.clone()], "c \"x\n y\";");
    let lines = [&parsed[0], &block[0], &block[1], &parsed[1]].map(|directive| directive.line);
    assert_eq!(lines, [2, 5, 6, 9]);
}

#[test]
fn nesting_is_limited() {
    let nested = |depth: usize| format!("{}{}", "a{".repeat(depth), "}".repeat(depth));
    assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
    assert_eq!(
        parse(nested(MAX_DEPTH + 1).as_bytes()),
        Err(SyntaxError::TooDeep { line: 1 })
    );
    assert!(parse("a{".repeat(1_000_000).as_bytes()).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn any_text_of_special_bytes_keeps_its_spans_in_order(
        text in r#"([$"'\\{};#\n a]|x_by_lua_block|\[\[|--){0,60}"#
    ) {
        if let Ok(directives) = parse(text.as_bytes()) {
            let mut end = 0;
            for directive in directives {
                prop_assert!(directive.span.start >= end && directive.head.end <= directive.span.end);
                end = directive.span.end;
                prop_assert!(text.get(directive.span).is_some());
            }
        }
    }
}
