use super::*;

fn recording() -> Recording {
    let header = Header {
        hopwise: VERSION.into(),
        name: "small".into(),
        order: Order::Total,
        addresses: 1,
        edits: Ports::Replaced,
        off: Safeguards::reference(),
    };
    let lines = vec![
        Line::Starts { hop: Hop::Ccm },
        Line::Hears {
            hop: Hop::Ccm,
            call: 7,
        },
    ];
    Recording { header, lines }
}

#[test]
fn a_recording_reads_back_from_its_own_text() {
    let text = recording().to_text();
    assert_eq!(Recording::parse(&text).unwrap(), recording());
}

#[test]
fn a_recording_that_is_cut_off_is_told_what_is_missing() {
    let text = recording().to_text();
    let end = text.trim_end().rfind('\n').unwrap();
    let error = Recording::parse(&text[..end]).unwrap_err().to_string();
    assert!(
        error.starts_with("line 3: the recording is cut off"),
        "{error}"
    );
    let error = Recording::parse(&text[..end - 3]).unwrap_err().to_string();
    let cut = "line 3: the file was cut off in this line";
    assert!(error.starts_with(cut), "{error}");
}

#[test]
fn lines_that_were_taken_away_are_counted() {
    let text = recording().to_text();
    let without = text.replace("{\"does\":\"starts\",\"hop\":\"ccm\"}\n", "");
    let error = Recording::parse(&without).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Count {
                said: 2,
                lines: 1,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn an_unknown_word_is_named_with_its_line() {
    let text = recording().to_text().replace("\"hears\"", "\"heard\"");
    let error = Recording::parse(&text).unwrap_err().to_string();
    assert!(
        error.starts_with("line 3: unknown variant `heard`"),
        "{error}"
    );
    let text = recording().to_text().replace("\"call\"", "\"cal\"");
    assert!(Recording::parse(&text).is_err());
}

#[test]
fn a_recording_of_another_version_is_refused() {
    let text = recording().to_text().replace("recording/1", "recording/9");
    assert!(matches!(
        Recording::parse(&text),
        Err(Error::Version { .. })
    ));
}
