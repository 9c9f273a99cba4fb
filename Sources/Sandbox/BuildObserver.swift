import CLinux
import Foundation
import SystemPackage

/// Runs a command and notes which files of one file system are opened meanwhile, by fanotify: for root only.
///
/// It is a process of its own, between the mount of a build root and the sandbox in it: the overlay that is to be
/// watched is in no other mount namespace. It sees what is opened or started; a look at names or at the facts of a
/// file, and an attempt that fails, it does not.
package enum BuildObserver {
  package static let verb = "observe-build"

  /// What stands before a command that is to be watched.
  ///
  /// - Parameters:
  ///   - root: a path on the file system; relative to where the command is started, as a mounted overlay is.
  ///   - list: written when all of it was seen, and otherwise not.
  package static func words(program: String, root: String, list: FilePath) -> [String] {
    [program, verb, root, list.string, "--"]
  }

  /// Whether the kernel lets this process see what is opened on the file system of `path`, tried for real.
  package static func canWatch(_ path: FilePath) -> Bool {
    let opened = Opened(root: path.string)
    defer { if opened.events >= 0 { close(opened.events) } }
    return opened.isWhole
  }

  /// Reads such a list: by path, how many processes opened it.
  package static func read(_ list: FilePath) -> [String: Int]? {
    guard let data = FileManager.default.contents(atPath: list.string) else { return nil }
    var found: [String: Int] = [:]
    for entry in data.split(separator: 0) {
      let parts = entry.split(separator: UInt8(ascii: " "), maxSplits: 1)
      guard parts.count == 2, let count = Int(String(decoding: parts[0], as: UTF8.self)) else { return nil }
      found[String(decoding: parts[1], as: UTF8.self)] = count
    }
    return found
  }

  /// The process itself: `words` after the verb. Returns the status of the command, which runs unwatched where the
  /// kernel refuses.
  package static func run(_ words: [String]) -> Int32 {
    guard words.count > 3, words[2] == "--" else { return 125 }
    let command = Array(words[3...])
    var opened = Opened(root: words[0])
    var mask = sigset_t()
    sigemptyset(&mask)
    sigaddset(&mask, SIGCHLD)
    sigprocmask(SIG_BLOCK, &mask, nil)
    let signals = signalfd(-1, &mask, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK))
    guard let child = spawn(command) else { return 127 }
    var places = [
      pollfd(fd: opened.events, events: Int16(POLLIN), revents: 0),
      pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
    ]
    var status: Int32 = 0
    while true {
      poll(&places, 2, -1)
      opened.drain()
      var info = signalfd_siginfo()
      while Glibc.read(signals, &info, MemoryLayout.size(ofValue: info)) > 0 {}
      if waitpid(child, &status, WNOHANG) == child { break }
    }
    opened.drain()
    opened.write(to: words[1])
    return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
  }

  private static func spawn(_ command: [String]) -> pid_t? {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    let arguments = command.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var child: pid_t = 0
    return posix_spawnp(&child, command[0], nil, &attributes, arguments, environ) == 0 ? child : nil
  }
}

private struct Opened {
  /// -1 where the kernel refuses.
  let events: Int32
  private var processes: [String: Set<Int32>] = [:]
  fileprivate private(set) var isWhole: Bool

  init(root: String) {
    // glibc says 0 for the flag without which large files are not reported
    let large: Int32 = 0o100000
    events = fanotify_init(
      UInt32(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE),
      UInt32(O_RDONLY | O_CLOEXEC | O_NONBLOCK | large))
    isWhole =
      events >= 0
      && fanotify_mark(
        events, UInt32(FAN_MARK_ADD | FAN_MARK_FILESYSTEM), UInt64(FAN_OPEN | FAN_OPEN_EXEC), AT_FDCWD, root)
        == 0
  }

  mutating func drain() {
    guard isWhole else { return }
    let size = 1 << 16
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = Glibc.read(events, buffer.baseAddress!, size)
      guard count > 0 else {
        if count < 0, errno == EINTR { continue }
        // a file that cannot be reported is one that nobody knows of
        if count == 0 || errno != EAGAIN { isWhole = false }
        return
      }
      var start = 0
      while start < count {
        let event = buffer.load(fromByteOffset: start, as: fanotify_event_metadata.self)
        note(event)
        start += Int(event.event_len)
      }
    }
  }

  private mutating func note(_ event: fanotify_event_metadata) {
    guard event.fd >= 0 else {
      isWhole = false
      return
    }
    defer { close(event.fd) }
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/proc/self/fd/\(event.fd)", &path, path.count)
    guard length > 0 else {
      isWhole = false
      return
    }
    let name = String(decoding: path[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    processes[name, default: []].insert(event.pid)
  }

  func write(to list: String) {
    guard isWhole else { return }
    var data = Data()
    for (path, pids) in processes {
      data.append(contentsOf: "\(pids.count) \(path)".utf8)
      data.append(0)
    }
    try? data.write(to: URL(filePath: list), options: .atomic)
  }
}
