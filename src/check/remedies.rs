//! What an admin is advised to do, where several findings lead to the same.

use super::finding::{Lang, say};

/// What an admin does where the web server seems not to obey.
pub(super) fn own_htaccess(lang: Lang) -> String {
    say!(
        lang,
        "The .htaccess of the thread and of the folder threads must be those that came with them, and the server must obey them; one in front (nginx) that sends files by itself does not: let it leave mozchat's folder to Apache.",
        "В теме и в папке threads должны быть исходные .htaccess, и сервер должен их учитывать; сервер перед ним (nginx), который сам отдаёт файлы, этого не делает: пусть папку mozchat он оставит Apache."
    )
}
