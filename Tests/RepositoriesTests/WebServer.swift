import Foundation
import Sandbox
import SystemPackage

let hasNginx = FileManager.default.isExecutableFile(atPath: "/usr/sbin/nginx")

/// nginx in the foreground over a folder, for as long as `body` runs.
/// `/slow/` sends 400 kB a second, `/whole/` cannot continue in the middle, `/busy/` answers 503.
func withWebServer(_ folder: FilePath, _ body: (WebServer) async throws -> Void) async throws {
  let server = WebServer(port: try freePort(), home: folder.appending("nginx"))
  try FileManager.default.createDirectory(atPath: server.home.string, withIntermediateDirectories: true)
  let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map { "\($0)_temp_path \(server.home)/\($0);" }.joined(separator: "\n")
  try Data(
    """
    daemon off; master_process off; pid \(server.home)/pid; error_log \(server.home)/error.log;
    events { worker_connections 64; }
    http {
      \(temporary)
      log_format short '$status $request_uri';
      access_log \(server.home)/access.log short;
      server {
        listen 127.0.0.1:\(server.port);
        location / { root \(folder); }
        location /slow/ { alias \(folder)/; limit_rate 400k; }
        location /whole/ { alias \(folder)/; max_ranges 0; }
        location /busy/ { return 503; }
      }
    }
    """.utf8
  ).write(to: URL(filePath: server.home.appending("nginx.conf").string))
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask {
      _ = try await Command([
        "/usr/sbin/nginx", "-p", server.home.string, "-e", "\(server.home)/error.log", "-c",
        "\(server.home)/nginx.conf",
      ]).run()
    }
    defer { group.cancelAll() }
    try await server.waitUntilItListens()
    try await body(server)
  }
}

struct WebServer: Sendable {
  let port: UInt16
  let home: FilePath
  var url: String { "http://127.0.0.1:\(port)" }

  /// Lines of `status path`, in the order of the answers.
  func log() throws -> [String] {
    try String(contentsOfFile: "\(home)/access.log", encoding: .utf8).split(separator: "\n").map(String.init)
  }

  fileprivate func waitUntilItListens() async throws {
    let deadline = ContinuousClock.now.advanced(by: .seconds(10))
    while ContinuousClock.now < deadline {
      if connects(port) { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    throw CocoaError(.fileReadUnknown)
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
func freePort() throws -> UInt16 {
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
  guard port != 0 else { throw CocoaError(.fileReadUnknown) }
  return port
}
