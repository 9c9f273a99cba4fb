import AzureLinux
import Dispatch
import Foundation
import Glibc
import Images
import Sandbox
import SystemPackage
import Terminal

/// A shell in a guest, on this terminal: by SSH with a key that lives as long as the machine, or on its console.
final class GuestShell: Sendable {
  /// nil: on the console.
  let access: SSHAccess?
  private let login: ImageManifest.Login
  private let key: FilePath
  /// Ends the shell on the console: Ctrl-].
  private static let leave: UInt8 = 0x1D

  init(_ request: BootRequest, scratch: FilePath) async throws {
    let manifest = try ImageManifest.read(in: request.image)
    guard let login = manifest.login else { throw BootError.noLogin(image: request.image) }
    self.login = login
    let folder = scratch.appending("ssh-\(UUID().uuidString.lowercased())")
    key = folder.appending("key")
    let hasServer = manifest.packages.contains { $0.hasPrefix("openssh-server-") }
    guard hasServer, Command.find("ssh") != nil, Command.find("ssh-keygen") != nil,
      let port = Self.freePort()
    else {
      access = nil
      return
    }
    try FileManager.default.createDirectory(
      atPath: folder.string, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try await Command([
      "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "azl-dev", "-f", key.string,
    ]).check()
    let text = try String(contentsOfFile: key.string + ".pub", encoding: .utf8)
    access = SSHAccess(port: port, publicKey: text.trimmingCharacters(in: .whitespacesAndNewlines))
  }

  deinit { try? FileManager.default.removeItem(atPath: key.removingLastComponent().string) }

  /// - Parameter verdict: said first, since who asks for a shell wants to know whether there is something to look for.
  func run(_ guest: LiveGuest, after verdict: BootVerdict) async throws {
    say(verdict.message)
    let guardian = try await TerminalGuard.start()
    do {
      try await enter(guest)
    } catch {
      await guardian.end()
      throw error
    }
    await guardian.end()
  }

  private func enter(_ guest: LiveGuest) async throws {
    if let access, guest.acceptsSSH {
      say("\(login.user) in the guest by SSH, port \(access.port) of 127.0.0.1; exit ends the machine")
      let status = try await Command(
        Self.arguments(user: login.user, port: access.port, key: key),
        environment: ["TERM": ProcessInfo.processInfo.environment["TERM"] ?? "linux"]
      ).bound(to: getpid()).runInForeground()
      guard status == 255 else { return }
      say("no answer by SSH")
    }
    say("\(login.user) on the guest's console; Ctrl-] ends the machine")
    await console(guest)
  }

  /// Nothing of this machine's SSH configuration counts, and nothing of the guest's identity is kept. Pure.
  static func arguments(user: String, port: Int, key: FilePath) -> [String] {
    let options = [
      "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes", "LogLevel=ERROR",
      "ConnectTimeout=20", "PasswordAuthentication=no",
    ]
    return ["ssh", "-F", "none", "-t"] + options.flatMap { ["-o", $0] }
      + ["-i", key.string, "-p", String(port), "\(user)@127.0.0.1"]
  }

  private func console(_ guest: LiveGuest) async {
    let (ends, end) = AsyncStream.makeStream(of: Void.self)
    guard TerminalMode.takeRaw(0) else { return }
    defer { TerminalMode.giveBack() }
    await guest.hear { data in _ = try? FileDescriptor(rawValue: 1).writeAll(data) }
    var size = winsize()
    _ = ioctl(1, UInt(TIOCGWINSZ), &size)
    guest.say(
      GuestChannel.interactive(
        rows: max(Int(size.ws_row), 24), columns: max(Int(size.ws_col), 80),
        terminal: ProcessInfo.processInfo.environment["TERM"] ?? "linux"))
    let source = DispatchSource.makeReadSource(fileDescriptor: 0, queue: .global())
    source.setEventHandler {
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = read(0, &bytes, bytes.count)
      guard count > 0, !bytes[..<count].contains(Self.leave) else { return end.finish() }
      guest.say(String(decoding: bytes[..<count], as: UTF8.self))
    }
    source.resume()
    defer { source.cancel() }
    let leaving = Task {
      for await _ in guest.gone {}
      end.finish()
    }
    for await _ in ends {}
    leaving.cancel()
    say("\r")
  }

  private func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

  /// One that nobody listens on now.
  private static func freePort() -> Int? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    return withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        guard bind(descriptor, address, length) == 0, getsockname(descriptor, address, &length) == 0 else {
          return nil
        }
        return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
          Int(UInt16(bigEndian: $0.pointee.sin_port))
        }
      }
    }
  }
}

/// A process that puts the terminal back when this one is gone, however it went: a pipe that closes is its signal.
final class TerminalGuard: Sendable {
  private let descriptor: Int32
  private let process: Task<Int32, any Error>

  private init(descriptor: Int32, process: Task<Int32, any Error>) {
    self.descriptor = descriptor
    self.process = process
  }

  static func start() async throws -> TerminalGuard {
    guard let name = ttyname(0).map({ String(cString: $0) }) else { throw Errno.inappropriateIOCTLForDevice }
    let mode = try await Command(["stty", "-g", "-F", name]).check().text
      .trimmingCharacters(in: .whitespacesAndNewlines)
    var ends: [Int32] = [0, 0]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0
    else { throw Errno(rawValue: errno) }
    let theirs = FileDescriptor(rawValue: ends[1])
    let command = Command(["sh", "-c", #"cat >/dev/null; stty -F "$1" "$2""#, "sh", name, mode])
    return TerminalGuard(
      descriptor: ends[0], process: Task { try await command.serve(input: theirs) })
  }

  /// Waits: whoever has the terminal next must find it as it was, and keep it.
  func end() async {
    shutdown(descriptor, Int32(SHUT_RDWR))
    _ = await process.result
  }

  deinit { close(descriptor) }
}
