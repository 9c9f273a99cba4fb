import Foundation
import Sandbox
import SystemPackage

/// nginx over a folder for as long as `body` runs; when it returns, the port is closed.
///
/// - Parameters:
///   - rate: bytes a second per connection, as nginx writes them (`200k`); 0 for no limit.
///   - locations: more of nginx's configuration, for paths of their own.
///   - tls: serves over TLS, to clients with a certificate of the same authority only.
package func withWebServer<Result: Sendable>(
  _ folder: FilePath, port: UInt16? = nil, rate: String = "0", locations: String = "", tls: Authority? = nil,
  _ body: (WebServer) async throws -> Result
) async throws -> Result {
  let home = TestPlace.scratch.appending("azl-nginx-\(UUID().uuidString.prefix(8))")
  try FileManager.default.createDirectory(atPath: home.string, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: home.string) }
  let server = WebServer(port: try port ?? freePort(), home: home, scheme: tls == nil ? "http" : "https")
  let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map { "\($0)_temp_path \(home)/\($0);" }.joined(separator: "\n")
  try Data(
    """
    daemon off; master_process off; pid \(home)/pid; error_log \(home)/error.log;
    events { worker_connections 64; }
    http {
      \(temporary)
      map $request_method $asked { GET ''; default ' $request_method'; }
      log_format short '$status $request_uri$asked';
      access_log \(home)/access.log short;
      server {
        listen 127.0.0.1:\(server.port)\(tls == nil ? "" : " ssl");
        \(tls?.nginx ?? "")
        \(locations)
        location / { root \(folder); limit_rate \(rate); }
      }
    }
    """.utf8
  ).write(to: URL(filePath: home.appending("nginx.conf").string))
  let nginx = Command([
    "/usr/sbin/nginx", "-p", home.string, "-e", "\(home)/error.log", "-c", "\(home)/nginx.conf",
  ])
  return try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { _ = try await nginx.run() }
    defer { group.cancelAll() }
    try await server.waitUntilItListens()
    return try await body(server)
  }
}

package struct WebServer: Sendable {
  package let port: UInt16
  let home: FilePath
  var scheme = "http"
  package var url: String { "\(scheme)://127.0.0.1:\(port)" }

  /// Lines of `status path`, with the method where it is not GET, in the order of the answers.
  package func log() throws -> [String] {
    try String(contentsOfFile: "\(home)/access.log", encoding: .utf8).split(separator: "\n").map(String.init)
  }

  /// The same without methods.
  package func answers() throws -> [String] {
    try log().map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
  }

  fileprivate func waitUntilItListens() async throws {
    let deadline = ContinuousClock.now.advanced(by: .seconds(10))
    while !connects(port) {
      guard ContinuousClock.now < deadline else { throw Errno.connectionRefused }
      try await Task.sleep(for: .milliseconds(5))
    }
  }
}

private func address(_ port: UInt16) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  return address
}

private func withSocket<Result>(_ body: (Int32) -> Result) -> Result {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  return body(descriptor)
}

private func connects(_ port: UInt16) -> Bool {
  withSocket { descriptor in
    var address = address(port)
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}

/// nginx cannot be asked to choose one: the kernel is, by binding to port 0.
package func freePort() throws -> UInt16 {
  let port = withSocket { descriptor -> UInt16 in
    var address = address(0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    return withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        guard bind(descriptor, $0, length) == 0, getsockname(descriptor, $0, &length) == 0 else { return 0 }
        return UnsafeRawPointer($0).load(as: sockaddr_in.self).sin_port.bigEndian
      }
    }
  }
  guard port != 0 else { throw Errno.addressInUse }
  return port
}
