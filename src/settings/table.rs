//! The table of settings: the one place where a key, its default and its meaning stand.

use super::values::*;

/// A row of the table.
pub struct Key {
    /// The key in the `.ini`.
    pub name: &'static str,
    /// The sections it may stand in; the first is where it belongs.
    pub sections: &'static [&'static str],
    /// The text of its default.
    pub default: &'static str,
    /// What it means, with units.
    pub meaning: &'static str,
    /// Sets the field from a text, or says what is wrong with it.
    pub(super) set: fn(&mut Settings, &str) -> Result<(), String>,
}

/// Makes [`Settings`], its defaults and [`KEYS`] from one list of rows.
macro_rules! settings {
    ($($field:ident: $type:ty = $read:expr, [$($section:literal),+] $name:literal $default:literal $meaning:literal;)+) => {
        /// A thread's settings. Built by [`parse`](super::parse), so every value is within its limits.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Settings {
            $(#[doc = $meaning] pub $field: $type,)+
        }

        impl Default for Settings {
            fn default() -> Self {
                // That the defaults are good values is a fact of the table, and a test's.
                Self { $($field: $read($default).expect($name),)+ }
            }
        }

        /// Every setting, in the order of `example.ini`.
        pub const KEYS: &[Key] = &[$(Key {
            name: $name,
            sections: &[$($section),+],
            default: $default,
            meaning: $meaning,
            set: |settings, text| {
                settings.$field = $read(text)?;
                Ok(())
            },
        },)+];
    };
}

/// Numbers stay exact in JavaScript up to 2^53; a terabyte is far below and above every cheap host.
const TERABYTE: u64 = 1 << 40;
const DAY: u32 = 86_400;
const CENTURY: u64 = 100 * 366 * 86_400;

fn bytes(text: &str) -> Result<u64, String> {
    whole(text, 0..=TERABYTE)
}

fn lifetime(text: &str) -> Result<u64, String> {
    whole(text, 1..=CENTURY)
}

settings! {
    time_shift_hrs: f64 = hours, ["common"] "timeShiftHrs" "0"
        "Hours to add to the server's clock, which is in the host's time zone, in the dates that people see: 1, -3, 5.5.";
    lang: String = language, ["common", "client"] "lang" ""
        "The language that the page begins in: de, en, es, fr, pt, ru, uk, ar; mails: en or ru. Empty: each visitor's own.";
    mail_from: String = text, ["common"] "mailFrom" ""
        "The sender of mails about new clips: Robot <noreply@example.net>";
    mail_reply_to: String = text, ["common"] "mailReplyTo" ""
        "Where answers to such mails go.";
    media_folder: String = media_folder, ["common"] "mediaFolder" "media"
        "The folder of the clips inside the thread's folder. It always begins with media; what follows is a secret \
         that makes the clips' addresses hard to guess.";
    notify_users: bool = flag, ["common"] "notifyUsers" "0"
        "1: everyone in notify.ini gets a mail about a new clip.";
    max_blob_bytes: u64 = bytes, ["common"] "maxBlobBytes" "50000"
        "The largest clip, in bytes; 0 makes a thread that one can only listen to.";
    max_media_folder_bytes: u64 = bytes, ["common"] "maxMediaFolderBytes" "400000"
        "All clips together, in bytes; when a new one needs room, the oldest of whoever has most go.";
    clip_lifetime_sec: u64 = lifetime, ["common"] "clipLifetimeSec" "300"
        "How long a clip is kept, in seconds.";
    max_clip_count: u32 = |text| whole(text, 0..=1_000_000), ["common"] "maxClipCount" "20"
        "How many clips are kept; when there are more, the oldest of whoever has most go. 0: no limit.";
    user_status_fade_s: u32 = |text| whole(text, 1..=DAY), ["common"] "userStatusFadeS" "5"
        "After how many seconds of silence a person counts as gone.";
    long_poll_period_s: u32 = |text| whole(text, 1..=300), ["common"] "longPollPeriodS" "15"
        "How long a long poll waits for news, in seconds.";
    remove_expired_from_dir: bool = flag, ["common"] "removeExpiredFromDir" "0"
        "1: expired clips are deleted at polls too, not only at the next upload.";
    hide_expired: bool = flag, ["common"] "hideExpired" "1"
        "1: expired clips that are not yet deleted are not shown.";
    message_lifetime_sec: u64 = lifetime, ["common"] "messageLifetimeSec" "300"
        "How long a message waits for the one it is for, in seconds.";
    should_log_polls: bool = flag, ["common"] "shouldLogPolls" "1"
        "1: the polls of people in a call keep its length in the call log up to date.";
    max_long_polls: u32 = |text| whole(text, 0..=1000), ["common"] "maxLongPolls" "5"
        "How many long polls the thread holds at once, each of which is a process; others are answered at once.";
    call_log_limit: u32 = |text| whole(text, 0..=100_000), ["common"] "callLogLimit" "20"
        "How many calls the call log keeps.";
    allow_clear: bool = flag, ["common"] "allowClear" "0"
        "1: anybody in the thread may delete all its clips.";
    listed: bool = flag, ["common"] "listed" "0"
        "1: the thread stands in the list that whoever opens the site's address sees.";
    title: String = text, ["client"] "title" ""
        "The page's title; the thread's name if empty.";
    allow_video: bool = flag, ["client"] "allowVideo" "0"
        "1: one may record pictures too.";
    video_on: bool = flag, ["client"] "videoOn" "0"
        "1: video is chosen when the page opens (needs allowVideo).";
    allow_stream: bool = flag, ["client", "common"] "allowStream" "0"
        "1: one may go on recording while the chunks so far are uploaded.";
    on_recorded: OnRecorded = on_recorded, ["client"] "onRecorded" "stop"
        "stop: one listens to a recording first and then uploads it; upload: it is uploaded at once.";
    max_clip_size_sec: u32 = |text| whole(text, 1..=DAY), ["client"] "maxClipSizeSec" "2"
        "The longest recording, in seconds; when streaming, the length of a chunk.";
    stream_idle_s: u32 = |text| whole(text, 0..=DAY), ["client"] "streamIdleS" "120"
        "A hands-free stream ends after so many seconds in which nobody touches the page; 0: it goes on.";
    poll_factor: PollFactor = poll_factor, ["client"] "pollFactor" "30"
        "How often the page asks for news, in tenths of a second; l: by long polls; off: only when asked to.";
    play_new: bool = flag, ["client"] "playNew" "1"
        "1: new clips are played as they come.";
    skip_mine: bool = flag, ["client"] "skipMine" "1"
        "1: one's own clips are not played to oneself.";
    show_more: bool = flag, ["client"] "showMore" "0"
        "1: the page opens with its settings shown, where the window has room for them beside the conversation.";
    report_errors: bool = flag, ["client"] "reportErrors" "0"
        "1: the page tells the server about its errors, for the server's log.";
    ice_addr: String = ice_address, ["client"] "iceAddr" "google"
        "The server that helps calls to find a way through: google, this (the one the page is on), or an address.";
    ice_string: String = text, ["client"] "iceString" ""
        "The list of ICE servers for calls as JSON, in which @ip@ becomes the address; empty: STUN at that address.";
    relay_only: bool = flag, ["client"] "relayOnly" "0"
        "1: calls go by way of the TURN server only, so that nobody's address is shown to whom they call.";
    turn_secret: String = text, ["common"] "turnSecret" ""
        "The secret shared with a TURN server (coturn's use-auth-secret): the page gets passwords that last a day.";
    max_clips_per_minute: u32 = |text| whole(text, 0..=100_000), ["common"] "maxClipsPerMinute" "120"
        "How many clips one name may upload in a minute, and one address ten times that; 0: no limit.";
    max_messages_per_minute: u32 = |text| whole(text, 0..=100_000), ["common"] "maxMessagesPerMinute" "300"
        "How many messages one name may send in a minute, and one address ten times that; 0: no limit.";
    max_names_per_address: u32 = |text| whole(text, 0..=100_000), ["common"] "maxNamesPerAddress" "40"
        "How many names from one address are shown as present, where pages poll; further ones take part unseen; 0: no \
         limit.";
    password: String = text, ["auth"] "password" ""
        "Closes the thread to all who don't know it. Best the hash that check.cgi or serve --hash makes of it; plain \
         text works too.";
    moderators: Vec<String> = names, ["auth"] "moderators" ""
        "The names, with commas between, of those who may delete every clip, and mute and ban names.";
    moderator_password: String = text, ["auth"] "moderatorPassword" ""
        "Who takes a moderator's name must know it, else a stranger could be the first; a hash or plain text, too.";
    pass_series: String = text, ["auth"] "passSeries" ""
        "Change it, to whatever you like, and everybody must give the password again: 2, lost phone, 28 November.";
    name_hold_days: u32 = |text| whole(text, 0..=3650), ["auth"] "nameHoldDays" "30"
        "For how many days a name belongs to the browser that used it first, since its last visit; 0: anybody may use \
         any name, and nobody can moderate.";
}
