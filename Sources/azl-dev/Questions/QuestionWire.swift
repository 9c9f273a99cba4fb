import AzureLinux
import Foundation
import Glibc
import SystemPackage
import Terminal

/// What passes between a question and the watch that answers it, each in a frame of its own.
enum QuestionWire {
  struct Request: Packed, Sendable {
    /// See `QuestionWire.identity`.
    var identity: String
    /// Of the command line, without the program.
    var words: [String]
    var style: Style

    func pack(into writer: inout PackedWriter) {
      writer.put(identity)
      writer.put(words)
      for flag in [style.isTerminal, style.hasColor, style.hasUnicode] { writer.put(flag) }
      writer.put(UInt(max(style.width, 0)))
    }
    init(identity: String, words: [String], style: Style) {
      self.identity = identity
      self.words = words
      self.style = style
    }
    init(unpacking reader: inout PackedReader) throws(PackedError) {
      identity = try reader.text()
      words = try reader.texts()
      style = Style(
        isTerminal: try reader.flag(), hasColor: try reader.flag(), hasUnicode: try reader.flag(),
        width: Int(clamping: try reader.number()))
    }
  }

  struct Reply: Packed, Sendable {
    /// Nobody answered: the one who asked looks itself.
    var isRefused = false
    var code: Int32 = 0
    var output: [UInt8] = []
    var error = ""

    static let refused = Reply(isRefused: true)

    func pack(into writer: inout PackedWriter) {
      writer.put(isRefused)
      writer.put(UInt(UInt32(bitPattern: code)))
      writer.put(output)
      writer.put(error)
    }
    init(isRefused: Bool = false, code: Int32 = 0, output: [UInt8] = [], error: String = "") {
      self.isRefused = isRefused
      self.code = code
      self.output = output
      self.error = error
    }
    init(unpacking reader: inout PackedReader) throws(PackedError) {
      isRefused = try reader.flag()
      code = Int32(truncatingIfNeeded: try reader.number())
      output = Array(try reader.slice())
      error = try reader.text()
    }
  }

  /// What must be the same on both sides for one to speak for the other: the program, the configuration's files and what
  /// the environment lays over them, the baseline.
  static func identity(_ workspace: Workspace) -> String {
    let files = [
      FilePath("/proc/self/exe"), workspace.configuration, workspace.localConfiguration,
      workspace.baselineLock,
    ]
    let stamps = files.map { path in
      var facts = stat()
      // the program itself, not the link that names it
      guard stat(path.string, &facts) == 0 else { return "-" }
      return
        "\(facts.st_dev) \(facts.st_ino) \(facts.st_size) \(facts.st_mtim.tv_sec).\(facts.st_mtim.tv_nsec)"
    }
    let variables = ProcessInfo.processInfo.environment.filter { $0.key.hasPrefix("AZL_DEV_") }
      .sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return (stamps + variables).joined(separator: "\n")
  }
}

/// A socket in the workspace. Named through its folder's descriptor: a socket's own path may have 107 bytes only.
struct WatchSocket {
  let descriptor: Int32

  private static let name = "watch.socket"

  /// The other end of one that listens.
  init(accepted descriptor: Int32) { self.descriptor = descriptor }

  /// - Parameter use: what to do with the address.
  private init?(_ workspace: Workspace, _ use: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool) {
    let folder = open(workspace.folder.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return nil }
    defer { close(folder) }
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = Array("/proc/self/fd/\(folder)/\(Self.name)".utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let isDone = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        use(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard isDone else {
      close(descriptor)
      return nil
    }
  }

  /// Nil where nobody listens.
  static func connected(_ workspace: Workspace) -> WatchSocket? {
    WatchSocket(workspace) { connect($0, $1, $2) == 0 }
  }

  /// In the place of one that a killed watch left behind; only whoever holds the workspace's lock may listen.
  static func listening(_ workspace: Workspace) -> WatchSocket? {
    unlink(path(workspace))
    return WatchSocket(workspace) { bind($0, $1, $2) == 0 && listen($0, 16) == 0 }
  }

  static func path(_ workspace: Workspace) -> String { workspace.folder.appending(name).string }

  /// - Parameter seconds: for each call of the kernel.
  func limit(seconds: Int) {
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
  }

  func send(_ value: some Packed) -> Bool {
    let frame = SpecWire.frame(value)
    var sent = 0
    while sent < frame.count {
      let count = frame.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress! + sent, frame.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  /// Nil at the end, when it takes too long, and when what comes is no such value.
  func receive<Value: Packed>(_ type: Value.Type) -> Value? {
    guard let head = receive(4), SpecWire.length(head) <= SpecWire.largestFrame,
      let body = receive(SpecWire.length(head))
    else { return nil }
    return try? Value(packed: body)
  }

  private func receive(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var received = 0
    while received < count {
      let got = bytes.withUnsafeMutableBytes {
        read(descriptor, $0.baseAddress! + received, count - received)
      }
      if got < 0 && errno == EINTR { continue }
      guard got > 0 else { return nil }
      received += got
    }
    return bytes
  }
}
