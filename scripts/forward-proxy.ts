import { once } from "node:events";
import { createServer, request as forward } from "node:http";
import { type AddressInfo, connect } from "node:net";

/** A proxy that hands whatever it is asked for to one server, whichever host was meant. */
export interface ForwardProxy {
  url: string;
  /** What was asked for, in order: method and target, as in the request line. */
  seen: string[];
  close(): Promise<void>;
}

/** Starts a proxy on 127.0.0.1 that forwards requests (RFC 9110, section 7.6) and opens tunnels (section 9.3.6). */
export async function startForwardProxy(serverUrl: string): Promise<ForwardProxy> {
  const { hostname: host, port } = new URL(serverUrl);
  const seen: string[] = [];
  const proxy = createServer((request, response) => {
    const { method, url = "", headers } = request;
    seen.push(`${method} ${url}`);
    const { pathname, search } = new URL(url);
    const onward = forward({ host, port, method, path: pathname + search, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  proxy.on("connect", ({ method, url }, socket) => {
    seen.push(`${method} ${url}`);
    const onward = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [onward, socket]) end.on("error", () => onward.destroy());
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    seen,
    async close() {
      proxy.close();
      proxy.closeAllConnections();
      await once(proxy, "close");
    },
  };
}
