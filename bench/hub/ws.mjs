// A server of a few lines on npm's ws: whatever it gets, it sends to everybody else.
import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false }, () =>
  console.log(server.address().port),
);
server.on('connection', (socket) =>
  socket.on('message', (data) => {
    for (const other of server.clients) if (other !== socket) other.send(data, { binary: false });
  }),
);
