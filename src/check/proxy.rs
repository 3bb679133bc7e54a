//! Whose address do the programs see, and what do they hear of the address that visitors use?

use super::Look;
use super::finding::{Findings, say};
use crate::mail::address::is_near;

pub(super) fn look(found: &mut Findings, look: &Look<'_>) {
    let (lang, Some(sender)) = (look.lang, &look.sender) else { return };
    let trusts = look.site.is_ok_and(crate::site::Site::trusts_proxy);
    let is_local = is_local(look.host());
    let peer = &sender.peer;
    if trusts && sender.forwarded_for.is_empty() {
        found.bad(
            say!(lang, "trustProxy is set, but no proxy says X-Forwarded-For: visitors could choose their address, and guess passwords without end.", "trustProxy включён, но никакой прокси не передаёт X-Forwarded-For: посетители могут выбирать себе адрес и подбирать пароли без конца."),
            say!(lang, "Take trustProxy out of mozchat.ini, or let the proxy add that header.", "Уберите trustProxy из mozchat.ini, или пусть прокси добавляет этот заголовок."),
        );
    } else if !trusts && !sender.forwarded_for.is_empty() && is_near(peer) {
        found.doubt(
            say!(lang, "A proxy stands before the web server: all visitors come from {peer}, and three wrong passwords lock everybody out.", "Перед веб-сервером стоит прокси: все посетители приходят с адреса {peer}, и три неверных пароля запирают вход для всех."),
            say!(lang, "If nobody can get around the proxy, set trustProxy=\"1\" in mozchat.ini; better still, switch on mod_remoteip.", "Если в обход прокси не зайти, задайте trustProxy=\"1\" в mozchat.ini, а лучше включите mod_remoteip."),
        );
    } else if !trusts && is_near(peer) && !is_local {
        found.doubt(
            say!(lang, "You seem to come from {peer}, an address of the host's own network. If you are not in that network, a proxy stands before the web server, and all visitors have that address.", "Вы приходите с адреса {peer} из внутренней сети хостинга. Если Вы не в ней, перед веб-сервером стоит прокси и этот адрес у всех посетителей."),
            say!(lang, "Let the proxy say X-Forwarded-For and set trustProxy=\"1\" in mozchat.ini, or switch on mod_remoteip.", "Пусть прокси передаёт X-Forwarded-For, и задайте trustProxy=\"1\" в mozchat.ini, либо включите mod_remoteip."),
        );
    }
}

/// Whether a host's name or address is one of this machine or its network.
pub(super) fn is_local(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost" || host.ends_with(".localhost") || host.ends_with(".local") || is_near(host)
}
