// A server of a few lines on npm's ws: the first message of each comes back, as a hello is answered; what follows goes
// to everybody else.
import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ host: '0.0.0.0', port: 0, perMessageDeflate: false }, () =>
  console.log(server.address().port),
);
server.on('connection', (socket) =>
  socket.once('message', (hello) => {
    socket.send(hello, { binary: false });
    socket.on('message', (data) => {
      for (const other of server.clients) if (other !== socket) other.send(data, { binary: false });
    });
  }),
);
