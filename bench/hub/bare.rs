//! The least that a server on tokio and tokio-websockets can do: the first message of each comes back, what follows
//! goes to everybody. It knows no threads, names or files, and loses what it has when it ends.

use futures_util::{SinkExt, StreamExt};
use std::io;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast::{Sender, channel};
use tokio_websockets::{Error, Message, ServerBuilder};

/// What waits for those who are slow.
const WAITING: usize = 4096;

/// Serves until it is killed; says its port on the first line.
pub async fn serve() -> io::Result<()> {
    let listener = TcpListener::bind("0.0.0.0:0").await?;
    println!("{}", listener.local_addr()?.port());
    let all = channel(WAITING).0;
    loop {
        let (line, _) = listener.accept().await?;
        tokio::spawn(talk(line, all.clone()));
    }
}

async fn talk(line: TcpStream, all: Sender<Message>) -> Result<(), Error> {
    line.set_nodelay(true)?;
    let (_, mut line) = ServerBuilder::new().accept(line).await?;
    let Some(hello) = line.next().await else { return Ok(()) };
    line.send(hello?).await?;
    let mut others = all.subscribe();
    loop {
        tokio::select! {
            said = line.next() => match said {
                Some(said) => drop(all.send(said?)),
                None => return Ok(()),
            },
            Ok(said) = others.recv() => line.send(said).await?,
        }
    }
}
