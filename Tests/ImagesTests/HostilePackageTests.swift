import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Images

/// Packages that mean harm to whoever installs them.
@Suite(.enabled(if: TestPackage.hasShell, "skipped: busybox-static is not installed (packages.txt lists it)"))
struct HostilePackageTests {
  private func build(
    _ rpms: [RPMFile], in place: TemporaryFolder, limits: ImageLimits = ImageLimits()
  ) async throws(ImageError) -> RootTree {
    let text = """
      {"Disks": [{"Artifacts": [{"Name": "bad", "Compression": "tar.gz"}]}],
       "SystemConfigs": [{"Name": "bad", "Packages": ["shell"]}]}
      """
    let builder = ImageBuilder(store: place.path.appending("store"), limits: limits)
    defer {
      let left = (try? FileManager.default.contentsOfDirectory(atPath: builder.scratch.string)) ?? []
      #expect(left.isEmpty)
    }
    do {
      let request = ImageRequest(
        configuration: try configuration(text), folder: place.path, rpms: rpms, releaseVersion: "3.0",
        buildNumber: "1", timestamp: 1_700_000_000)
      _ = try await builder.build(
        request, output: place.path.appending("out"), log: place.path.appending("log"))
      let root = place.path.appending("unpacked")
      try FileManager.default.createDirectory(atPath: root.string, withIntermediateDirectories: true)
      let archive = place.path.appending("out/bad-3.0.tar.gz").string
      try await Command(["tar", "-C", root.string, "-xpzf", archive]).check()
      return RootTree(root)
    } catch let error as ImageError {
      throw error
    } catch { throw .file(place.path, doing: "use", reason: "\(error)") }
  }

  private func package(_ scriptlet: String, in place: TemporaryFolder) async throws -> RPMFile {
    var package = TestPackage("hostile", files: [("/usr/share/hostile", "x")])
    package.requires = "shell"
    package.scriptlet = scriptlet
    return try await package.build(in: place)
  }

  @Test(.timeLimit(.minutes(2))) func aScriptletReachesNothingOfThisMachine() async throws {
    let place = try TemporaryFolder()
    let secret = place.path.appending("secret")
    try Data("of the machine".utf8).write(to: URL(filePath: secret.string))
    let listener = try Listener()
    defer { listener.close() }
    let attempts = [
      "device": "busybox mknod /sda b 8 0", "mount": "busybox mount -t tmpfs x /usr",
      "remount": "busybox unshare -Urm busybox mount -o remount,rw /proc/1/root/usr",
      "host file": "cat /proc/1/root\(secret)", "beside": "touch /proc/1/root\(place.path)/planted",
      "host programs": "touch /proc/1/root/usr/bin/planted", "home": "busybox ls /proc/1/root/root",
      "sockets": "busybox ls /proc/1/root/run", "memory": "busybox dd if=/dev/mem of=/dev/null count=1",
      "network": "busybox nc -w 1 127.0.0.1 \(listener.port) -e /bin/busybox true",
      "kernel": "sh -c 'f=/proc/sys/kernel/core_pattern; v=$(cat $f); printf %s \"$v\" > $f'",
      "kernel of the machine":
        "sh -c 'f=/proc/1/root/proc/sys/kernel/core_pattern; v=$(cat $f); printf %s \"$v\" > $f'",
      "name": "busybox hostname planted",
    ]
    let lines = attempts.map { "( \($1) ) > /dev/null 2>&1 && echo '\($0)' >> /done" }
    let tree = try await build(
      [
        try await TestPackage.shell(in: place),
        try await package(
          "%post\necho begun > /done\n\(lines.joined(separator: "\n"))\necho ended >> /done\n", in: place),
      ], in: place)
    let done = String(decoding: tree.read("/done") ?? Data(), as: UTF8.self)
    #expect(done == "begun\nended\n")
    #expect(!FileManager.default.fileExists(atPath: place.path.appending("planted").string))
    // the same as whoever is not confined: the attempts are such that would succeed
    let words = ["busybox", "nc", "-w", "1", "127.0.0.1", "\(listener.port)", "-e", "/bin/busybox", "true"]
    #expect(try await Command(words).run().isSuccess)
  }

  @Test(.timeLimit(.minutes(2))) func aScriptletEndsNoProcessButItsOwn() async throws {
    let place = try TemporaryFolder()
    let hostile = try await package("%pre\nbusybox kill -9 -1\n", in: place)
    let shell = try await TestPackage.shell(in: place)
    let bystander = Process()
    bystander.executableURL = URL(filePath: "/bin/sleep")
    bystander.arguments = ["600"]
    try bystander.run()
    defer {
      kill(bystander.processIdentifier, SIGKILL)
      bystander.waitUntilExit()
    }
    let error = await #expect(throws: ImageError.self) { _ = try await build([shell, hostile], in: place) }
    #expect(error?.exitCode == .failed, "\(String(describing: error))")
    #expect(bystander.isRunning)
  }

  @Test(arguments: [
    ("bomb() { bomb | bomb & }; bomb; busybox sleep 600", ImageLimits.Hit.processes(200)),
    ("busybox tail /dev/zero", .memory(256 << 20)), ("busybox sleep 600", .time(seconds: 4)),
  ])
  func aScriptletThatWantsTooMuchIsEnded(scriptlet: String, hit: ImageLimits.Hit) async throws {
    let groups = ControlGroups.find()
    if case .processes = hit, groups.processes == nil { return }
    if case .memory = hit, groups.memory == nil { return }
    let place = try TemporaryFolder()
    let hostile = try await package("%pre\n\(scriptlet)\n", in: place)
    let shell = try await TestPackage.shell(in: place)
    var limits = ImageLimits(seconds: 120, memory: 256 << 20, processes: 200)
    if case .time(let seconds) = hit { limits.seconds = seconds }
    let error = await #expect(throws: ImageError.self) {
      _ = try await build([shell, hostile], in: place, limits: limits)
    }
    guard case .limit(step: "installing 2 packages", hit, _)? = error else {
      Issue.record("\(scriptlet): \(String(describing: error))")
      return
    }
  }

  /// A real package whose header and payload say `..` where it had a folder, with all its digests put right.
  @Test func aPayloadThatClimbsStaysInTheImage() async throws {
    let place = try TemporaryFolder()
    let name = "azl-\(UUID().uuidString.lowercased())"
    var package = TestPackage("climbing", files: [("/opt/aaaaaaaaaaaaa/\(name)", "climbed")])
    package.defines = ["_binary_payload w.ufdio"]
    let file = FilePath(try await package.build(in: place).path)
    try await ForgedRPM(file).rename("/opt/aaaaaaaaaaaaa/", to: "/../../../../../../")
    try await Command(["rpmkeys", "--checksig", "--nosignature", file.string]).check()
    let paths = try await Command(["rpm", "-qlp", "--nosignature", file.string]).check().text
    #expect(paths.contains("/../\(name)"))
    let rpms = [try await TestPackage.shell(in: place), try RPMFile("climbing", at: file)]
    do {
      let tree = try await build(rpms, in: place)
      #expect(tree.exists("/\(name)"))
    } catch {
      #expect(error.exitCode == .failed, "\(error)")
    }
    var folder = place.path
    repeat {
      #expect(!FileManager.default.fileExists(atPath: folder.appending(name).string), "\(folder)")
    } while folder.removeLastComponent()
  }
}

/// Somebody who listens on this machine.
private final class Listener: Sendable {
  let port: UInt16
  private let socket: Int32

  init() throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let socket = socket
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, length) == 0 && listen(socket, 8) == 0 && getsockname(socket, $0, &length) == 0
      }
    }
    guard isListening else { throw Errno(rawValue: errno) }
    port = UInt16(bigEndian: address.sin_port)
  }

  func close() { Glibc.close(socket) }
}
