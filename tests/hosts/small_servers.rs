//! civetweb, uWSGI, busybox and Python's server, with the commands of docs/webservers.md: from the page to a clip that is
//! heard.

use crate::server::Server;
use crate::support::{Browser, Folder, Request, blob};

#[test]
fn civetweb_carries_a_clip_from_one_to_the_other_and_hides_what_is_private() {
    carries_a_clip(&Server::small("civetweb"), true);
}

#[test]
fn uwsgi_carries_a_clip_from_one_to_the_other_and_hides_what_is_private() {
    carries_a_clip(&Server::small("uwsgi"), true);
}

#[test]
fn busybox_carries_a_clip_from_one_to_the_other() {
    carries_a_clip(&Server::small("busybox"), false);
}

#[test]
fn python_carries_a_clip_from_one_to_the_other() {
    carries_a_clip(&Server::small("python"), false);
}

fn carries_a_clip(server: &Server, hides: bool) {
    let room = Folder::at(server.folder.path().join("site/threads/mediaForum"));
    let (ann, bob) =
        (Browser::new(server.address, "Ann", "mediaForum"), Browser::new(server.address, "Bob", "mediaForum"));
    let get = |target: &str| Request::new("GET", target).send(server.address);
    let page = get("");
    assert!(page.status == 200 && String::from_utf8_lossy(&page.body).contains("mozchat-programs"));
    let script = get("js/first-aid.js");
    assert_eq!(script.header("Content-Type").and_then(|kind| kind.split(';').next()), Some("text/javascript"));
    bob.poll();
    let clip = blob("webm", 300_000);
    assert_eq!(ann.upload_with(&[("description", "hello")], &clip).alert(), "Server got a record of 300kB");
    assert_eq!(bob.sees(), ["hello"]);
    let media = bob.query("thread", &[("realm", "mediaForum"), ("user", "Bob")]).json();
    let media = media["media"].as_str().expect("a folder").to_owned();
    let heard = get(&format!("{media}{}", room.listed()[0]));
    assert_eq!((heard.status, heard.header("Content-Type")), (200, Some("video/webm")));
    assert!(heard.body == clip, "the same bytes");
    let hidden = [".ini", "notify.ini", "catalog.json", "users.json", ".lock"];
    for file in hidden.iter().filter(|_| hides) {
        let answer = get(&format!("threads/mediaForum/{file}"));
        assert_eq!(answer.status / 100, 4, "{file}: {answer:?}");
    }
}
