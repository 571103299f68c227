//! Answers. One that nobody waits for any more is dropped.

use super::change::refusal_text;
use super::pages::LOG_EVERY;
use super::{Turn, Waiting};
use crate::api::Role;
use crate::console::effect::Effect;
use crate::console::model::work::ReqId;
use crate::console::model::{ListId, Load, LoadState, Page, Popup};
use crate::console::msg::{Answer, Failure, FailureKind, Timer};

impl Turn<'_> {
    /// Takes an answer; whether anybody waited for it.
    pub(super) fn reply(&mut self, request: ReqId, result: Result<Answer, Failure>) -> bool {
        let Some(waiting) = self.model.flow.waiting.remove(&request) else {
            return false;
        };
        if let Err(failure) = &result
            && !matches!(
                waiting,
                Waiting::SignIn
                    | Waiting::SignOut
                    | Waiting::Profiles
                    | Waiting::Kept
                    | Waiting::OwnLog
            )
        {
            self.note_connection(failure);
        }
        match (waiting, result) {
            (Waiting::Change, Ok(Answer::Done(done))) => self.accepted(request, *done),
            (Waiting::Change, Err(failure)) => self.refused(request, &failure),
            (Waiting::SignIn, Ok(Answer::SignedIn(me))) => self.signed_in(Ok(*me)),
            (Waiting::SignIn, Err(failure)) => self.signed_in(Err(failure)),
            (Waiting::SignOut, result) => self.sign_out_answered(result),
            (Waiting::Kept | Waiting::OwnLog, result) => self.own_answered(result),
            (Waiting::Profiles, result) => self.profiles_answered(result),
            (Waiting::DangerEffect, result) => {
                let now = self.model.now;
                if let Some(Popup::Danger(danger)) = self.model.ui.popups.last_mut() {
                    match result {
                        Ok(Answer::Effect(effect)) => danger.effect.ready(*effect, now),
                        Ok(_) => {}
                        Err(failure) if failure.is_refusal() => {
                            danger.effect = Load::default();
                            danger.refused = Some(refusal_text(&failure));
                        }
                        Err(failure) => danger.effect.failed(failure.text),
                    }
                }
            }
            (Waiting::DangerRow(row), Ok(Answer::Effect(effect))) => {
                self.danger_row_told(row, Ok(*effect));
            }
            (Waiting::DangerRow(row), Err(failure)) => {
                self.danger_row_told(row, Err(failure.text));
            }
            (Waiting::FormEffect, Ok(Answer::Effect(effect))) => self.form_effect(Ok(*effect)),
            (Waiting::FormEffect, Err(failure)) => self.form_effect(Err(failure)),
            (Waiting::LinkPreview(source), Ok(Answer::Effect(effect))) => {
                self.link_preview(source, Ok(*effect));
            }
            (Waiting::Moment(at), result) => self.moment_answered(at, result),
            (Waiting::Marks(source), result) => self.marks_answered(source, result),
            (Waiting::MarksAround, result) => self.around_answered(result),
            (Waiting::LinkPreview(source), Err(failure)) => {
                self.link_preview(source, Err(failure.text));
            }
            (Waiting::Export, result) => self.exported(result),
            (Waiting::LocalRows, result) => self.local_rows_came(result),
            (Waiting::Older(list, source), result) => self.older_came(list, source, result),
            (waiting, result) => self.page_reply(waiting, result),
        }
        if std::mem::take(&mut self.model.flow.page_again) {
            self.refresh_page();
        }
        true
    }

    /// An answer for the page in front, if it is still the one that asked.
    fn page_reply(&mut self, waiting: Waiting, result: Result<Answer, Failure>) {
        let now = self.model.now;
        let role = self.model.session.role();
        let hidden = role.is_some_and(|it| !it.allows(Role::Operator));
        match (waiting, self.model.ui.page_mut(), result) {
            (Waiting::SourcePage(id), Page::Source(view), result) if view.source == id => {
                match result {
                    Ok(Answer::SourcePage(page)) => view.page.ready(*page, now),
                    Ok(_) => {}
                    Err(failure) => view.page.failed(failure.text),
                }
            }
            (Waiting::Diagnosis(id), Page::Why(view), result) if view.source == id => {
                match result {
                    Ok(Answer::Diagnosis(mut diagnosis)) => {
                        // Newest first, as its title says; what happened at once keeps its order.
                        for finding in &mut diagnosis.findings {
                            finding.evidence.sort_by_key(|it| std::cmp::Reverse(it.at));
                        }
                        view.diagnosis.ready(*diagnosis, now);
                    }
                    Ok(_) => {}
                    Err(failure) => view.diagnosis.failed(failure.text),
                }
                self.fill_page();
                self.seek();
            }
            (Waiting::RemedyEffect(id, n), Page::Why(view), result) if view.source == id => {
                if let Some((chosen, effect)) = &mut view.effect
                    && *chosen == n
                {
                    match result {
                        Ok(Answer::Effect(it)) => effect.ready(*it, now),
                        Ok(_) => {}
                        Err(failure) => effect.failed(failure.text),
                    }
                }
            }
            (Waiting::Job(id), Page::Run(view), result) if view.job == id => {
                match result {
                    Ok(Answer::Job(job)) => view.older.ready(*job, now),
                    Ok(_) => {}
                    Err(failure) => view.older.failed(failure.text),
                }
                self.fill_page();
            }
            (Waiting::Log(id), Page::Run(view), result) if view.job == id => {
                match result {
                    Ok(Answer::Log(lines)) => {
                        let mut all = view.log.value.take().unwrap_or_default();
                        let seen = all.last().map_or(0, |line| line.seq);
                        all.extend(lines.into_iter().filter(|line| line.seq > seen));
                        view.log.ready(all, now);
                    }
                    Ok(_) => {}
                    Err(failure) => view.log.failed(failure.text),
                }
                self.fill(ListId::RunLog);
                if self
                    .model
                    .shown_job()
                    .is_some_and(|job| !job.status.is_terminal())
                {
                    self.effect(Effect::Arm(Timer::Log, LOG_EVERY));
                }
            }
            (Waiting::Thread(n), Page::Thread(view), result) if view.number == n => {
                self.thread_answered(result);
            }
            (Waiting::TurnDiff(n, turn), Page::Thread(view), result) if view.number == n => {
                self.diff_answered(turn, result);
            }
            (Waiting::Output(n, key), Page::Thread(view), result) if view.number == n => {
                self.output_came(key, result);
            }
            (Waiting::FullDiff(n), Page::Thread(view), result) if view.number == n => {
                self.full_diff_answered(result);
            }
            (Waiting::RevertDiff(n, revert), Page::Thread(view), result) if view.number == n => {
                self.revert_diff_answered(revert, result);
            }
            (Waiting::Questions, Page::Approvals(_), result) => self.questions_answered(result),
            (Waiting::Pulse(window), Page::Pulse(view), result) if view.window == window => {
                self.pulse_answered(window, result);
            }
            (Waiting::Tokens, Page::Tokens(_), result) => self.tokens_answered(result),
            (Waiting::Documents(space, source), Page::Xray(_), result) => {
                self.documents_answered((space, source), result);
            }
            (Waiting::Waits(id), Page::Run(view), Ok(Answer::Waits(threads))) if view.job == id => {
                view.waits = threads.iter().map(ToString::to_string).collect();
            }
            (Waiting::Delivery(id), Page::Delivery(view), result) if view.delivery == id => {
                match result {
                    Ok(Answer::Delivery(page)) => {
                        view.lines = page
                            .headers
                            .iter()
                            .map(|(name, value)| format!("{name}: {value}"))
                            .chain([String::new()])
                            .chain(match &page.body {
                                None if hidden => vec![body_hidden().to_owned()],
                                body => body_lines(body.as_deref()),
                            })
                            .collect();
                        view.page.ready(*page, now);
                    }
                    Ok(_) => {}
                    Err(failure) => view.page.failed(failure.text),
                }
                self.fill_page();
            }
            (Waiting::Preview(id), Page::Deliveries(view), result) => {
                if let Some((chosen, preview)) = &mut view.preview
                    && *chosen == id
                {
                    match result {
                        Ok(Answer::Preview(it)) => preview.ready(*it, now),
                        Ok(_) => {}
                        Err(failure) => preview.failed(failure.text),
                    }
                }
            }
            (Waiting::OlderEvents, Page::Events(_), Ok(Answer::Events(page))) => {
                self.take_older(*page);
            }
            (Waiting::NewerEvents, Page::Events(_), Ok(Answer::Events(page))) => {
                self.take_newer(*page);
            }
            (Waiting::Conflicts, Page::Conflicts(view), result) => {
                if let Some(here) = &mut view.here {
                    match result {
                        Ok(Answer::Conflicts(it)) => here.ready(*it, now),
                        Ok(_) => {}
                        Err(failure) => here.failed(failure.text),
                    }
                }
                self.fill_page();
            }
            (Waiting::ConflictEffect(n), Page::Conflicts(view), result) => {
                if let Some((chosen, effect)) = &mut view.effect
                    && *chosen == n
                {
                    match result {
                        Ok(Answer::Effect(it)) => effect.ready(*it, now),
                        Ok(_) => {}
                        Err(failure) => effect.failed(failure.text),
                    }
                }
            }
            (Waiting::OlderEvents, Page::Events(view), Err(failure)) => {
                view.state = LoadState::Failed(failure.text);
            }
            // The page was left; or the kind of answer was not the one asked for, which the client excludes.
            _ => {}
        }
    }
}

/// Bodies are not for everybody: they may say more than a viewer may know.
fn body_hidden() -> &'static str {
    tr!("Body hidden: needs operator.")
}

/// A body as lines: JSON is laid out, anything else is as it came.
fn body_lines(body: Option<&str>) -> Vec<String> {
    let Some(body) = body else {
        return vec![tr!("Body no longer kept.").to_owned()];
    };
    let laid_out = serde_json::from_str::<serde_json::Value>(body)
        .ok()
        .and_then(|json| serde_json::to_string_pretty(&json).ok());
    laid_out
        .as_deref()
        .unwrap_or(body)
        .lines()
        .map(str::to_owned)
        .collect()
}

impl Failure {
    /// Whether the server said no, rather than nothing.
    pub fn is_refusal(&self) -> bool {
        matches!(self.kind, FailureKind::Refused(_))
    }
}
