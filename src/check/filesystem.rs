//! The file system that threads are on: do its locks reach other machines, and how finely does it tell the time?

use super::Lang;
use super::finding::{Findings, say};
use crate::files::{self, Durability};
use crate::random;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Where the kernel lists what is mounted (proc(5)).
const MOUNTS: &str = "/proc/self/mountinfo";
/// FUSE file systems whose locks are kept by their servers. All others' are kept by the kernel of each machine.
const LOCKS_EVERYWHERE: [&str; 6] =
    ["fuse.ceph", "fuse.ceph-fuse", "fuse.glusterfs", "fuse.juicefs", "fuse.lizardfs", "fuse.mfs"];
/// Options of NFS and SMB by which locks stay on each machine.
const LOCAL_LOCKS: [&str; 4] = ["nolock", "local_lock=all", "local_lock=flock", "nobrl"];

/// What a folder is on.
#[derive(Debug, PartialEq, Eq)]
struct Mount {
    /// As `ext4`, `nfs4`, `fuse.sshfs`.
    kind: String,
    options: String,
}

impl Mount {
    /// The mount that a folder is on, by the text of `/proc/self/mountinfo`.
    fn of(folder: &Path, mounts: &str) -> Option<Self> {
        let mounts = mounts.lines().filter_map(parse);
        let above = mounts.filter(|(point, _)| folder.starts_with(point));
        // Of two at the same place, the later covers the earlier.
        above.max_by_key(|(point, _)| point.components().count()).map(|(_, mount)| mount)
    }

    fn is_network(&self) -> bool {
        ["nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "afs"].contains(&self.kind.as_str()) || self.is_fuse()
    }

    /// Of sshfs, rclone and the like the kind says the name; that of bindfs is `fuse` alone.
    fn is_fuse(&self) -> bool {
        self.kind == "fuse" || self.kind.starts_with("fuse.")
    }

    fn locks_reach_other_machines(&self) -> bool {
        if self.is_fuse() {
            return LOCKS_EVERYWHERE.contains(&self.kind.as_str());
        }
        !self.options.split(',').any(|option| LOCAL_LOCKS.contains(&option))
    }
}

fn parse(line: &str) -> Option<(PathBuf, Mount)> {
    let (before, after) = line.split_once(" - ")?;
    let point = unescape(before.split(' ').nth(4)?);
    let mut after = after.split(' ');
    let (kind, _source, options) = (after.next()?, after.next()?, after.next().unwrap_or_default());
    Some((PathBuf::from(point), Mount { kind: kind.into(), options: options.into() }))
}

/// A path in which the kernel has written spaces and the like as `\040`.
fn unescape(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut path = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code {
            Some(code) => path.extend([char::from(code)].into_iter().chain(part[3..].chars())),
            None => path.extend(['\\'].into_iter().chain(part.chars())),
        }
    }
    path
}

pub(super) fn look(found: &mut Findings, lang: Lang, folder: &Path) {
    let whole = fs::canonicalize(folder).unwrap_or_else(|_| folder.into());
    let mount = fs::read_to_string(MOUNTS).ok().and_then(|mounts| Mount::of(&whole, &mounts));
    if let Some(mount) = mount.filter(Mount::is_network) {
        locks(found, lang, &mount);
    }
    if counts_whole_seconds(folder) {
        found.doubt(
            say!(
                lang,
                "The disk tells the time in whole seconds only.",
                "Диск хранит время только с точностью до секунды."
            ),
            say!(
                lang,
                "Nothing gets lost: for two seconds after each change every request compares the clips with their list. Another disk is faster.",
                "Ничего не потеряется: две секунды после каждого изменения каждый запрос сверяет записи со списком. На другом диске будет быстрее."
            ),
        );
    }
}

fn locks(found: &mut Findings, lang: Lang, mount: &Mount) {
    let kind = &mount.kind;
    if mount.locks_reach_other_machines() {
        found.good(say!(
            lang,
            "The threads are on a file system of several machines ({kind}).",
            "Темы находятся в файловой системе нескольких машин ({kind})."
        ));
        return;
    }
    let what = if mount.is_fuse() {
        say!(
            lang,
            "The threads are on {kind}, whose locks hold only among the programs that use this very mount.",
            "Темы находятся в {kind}; замки этой файловой системы действуют только между программами, которые работают через это же подключение."
        )
    } else {
        say!(
            lang,
            "The threads are on {kind}, whose locks hold on this machine only.",
            "Темы находятся в {kind}; замки этой файловой системы действуют только на этой машине."
        )
    };
    found.doubt(
        what,
        say!(
            lang,
            "That is enough as long as one machine runs the programs, and reaches the threads in this one way. Where several do, clips and messages can get lost: use NFSv4, CephFS or GlusterFS with its locks on.",
            "Этого достаточно, пока программы запускает одна машина и обращается к темам только так. Если их несколько, записи и сообщения могут потеряться: нужна NFSv4, CephFS или GlusterFS с включёнными замками."
        ),
    );
}

/// Whether a file made now, and one made then, are dated with whole seconds.
fn counts_whole_seconds(folder: &Path) -> bool {
    let Ok(name) = random::hex::<4>() else { return false };
    let path = folder.join(format!(".check-{name}.tmp"));
    let is_whole = || {
        let made = files::replace(&path, b"", 0o600, Durability::Best).and_then(|()| files::modified(&path));
        let since = made.ok().flatten().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        since.is_some_and(|since| since.subsec_nanos() == 0)
    };
    let is_coarse = is_whole() && is_whole();
    // Whoever sweeps the folder finds it, should it stay.
    let _ = files::remove(&path);
    is_coarse
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /home rw,relatime - nfs4 nas:/home rw,vers=4.2,local_lock=none,addr=192.0.2.1
31 30 0:41 / /home/u17/my\\040site rw,relatime - fuse.sshfs u17@host: rw,user_id=0
32 22 0:42 / /srv rw,relatime - nfs nas:/srv rw,vers=3,nolock,addr=192.0.2.1
33 22 0:43 / /mnt rw - ext4 /dev/vdb rw
34 22 0:44 / /mnt rw - fuse.glusterfs gluster:/v rw
a broken line
";

    #[test]
    fn what_a_folder_is_on_is_found_and_whether_its_locks_reach_other_machines() {
        let cases = [
            ("/var/www/threads", "ext4", false, true),
            ("/home/u18/threads", "nfs4", true, true),
            ("/home/u17/my site/threads", "fuse.sshfs", true, false),
            ("/srv/threads", "nfs", true, false),
            ("/mnt", "fuse.glusterfs", true, true),
            ("/mntx", "ext4", false, true),
        ];
        for (folder, kind, is_network, reach) in cases {
            let mount = Mount::of(Path::new(folder), MOUNTS).unwrap();
            let is = (mount.kind.as_str(), mount.is_network(), mount.locks_reach_other_machines());
            assert_eq!(is, (kind, is_network, reach), "{folder}");
        }
        assert_eq!(Mount::of(Path::new("/"), "broken"), None);
    }
}
