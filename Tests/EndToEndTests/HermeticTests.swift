import AzureLinux
import Foundation
import Sandbox
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// A spec that looks for the machine around its build, and tries to leave something there.
  @Suite(.serialized) struct Hermetic {
    private static let spec = "SPECS/lantern-common/lantern-common.spec"

    @Test func forWhoeverRunsTheTests() async throws {
      try await DemoTree.with { tree in try await lookAround(tree) }
    }

    @Test(.needsRoot) func forAPlainUser() async throws {
      try await PlainUser.with { user in
        try await DemoTree.with(owner: user) { tree in try await lookAround(tree) }
      }
    }

    private func lookAround(_ tree: DemoTree) async throws {
      let secret = "secret-\(UUID().uuidString.lowercased())"
      let hidden = FilePath("/var/tmp").appending("azl-\(secret)")
      try secret.write(toFile: hidden.string, atomically: true, encoding: .utf8)
      defer { unlink(hidden.string) }
      let listener = try Listener()
      // somebody else's build folder, with a whole build in it
      try tree.edit("SPECS/liblantern/liblantern.spec", "%install\n", "%install\nfalse\n")
      #expect(try await tree.azl("try", "liblantern").status == 1)

      try tree.edit(
        Self.spec, "%build\n",
        "%build\n" + Self.questions(secret: hidden, tree: tree.path, port: listener.port))
      let first = try await output(tree, secret)
      #expect(first.build.result == .built)
      let seen = first.seen
      #expect(seen.filter { $0.hasPrefix("SEEN") } == [], "\(seen)")
      #expect(seen.contains("ID uid=0(root) gid=0(root) groups=0(root)"), "\(seen)")
      #expect(seen.contains("HOST azl-build"))
      #expect(
        seen.contains(
          "ENV HOME LANG LOGNAME OLDPWD PATH PKG_CONFIG_PATH PWD SHELL SHLVL SOURCE_DATE_EPOCH TERM TZ USER"),
        "\(seen)")
      #expect(listener.accepted == 0)

      // nothing got out
      for name in ["left", "left-by-mount", "left-by-device"] {
        for folder in ["/var/tmp", "/tmp", "/", "/dev/shm", tree.path.string] {
          #expect(!FileManager.default.fileExists(atPath: "\(folder)/azl-\(secret)-\(name)"))
        }
      }
      // another environment outside, and the same bytes come out
      let again = try await output(tree, secret, "--force")
      #expect(again.build.rpms == first.build.rpms)
      try await Remains(tree: tree).expectNothing()
    }

    private func output(
      _ tree: DemoTree, _ secret: String, _ more: String...
    ) async throws -> (build: BuildReport.Build, seen: [String]) {
      var command = tree.command(["try", "lantern-common", "--json"] + more)
      command.environment["AZL_SECRET"] = secret
      command.environment["RPM_BUILD_ROOT"] = "/nowhere"
      let result = try await command.run()
      try #require(result.isSuccess, "\(result.errorText)")
      let report = try JSONDecoder.snake.decode(BuildReport.self, from: result.output)
      let build = try #require(report.builds.first)
      let log = try tree.read(try #require(build.log))
      return (
        build,
        log.split(separator: "\n").map(String.init).filter { line in
          ["SEEN ", "ID ", "HOST ", "ENV "].contains { line.hasPrefix($0) }
        }
      )
    }

    /// Each answer that begins with SEEN is one too many. The trace of the shell shows the questions themselves.
    private static func questions(secret: FilePath, tree: FilePath, port: UInt16) -> String {
      let name = secret.lastComponent?.string ?? ""
      return """
        set +x +e
        [ -e \(secret) ] && echo "SEEN a file of the machine"
        [ -e \(tree)/SPECS ] && echo "SEEN the tree"
        [ -d \(tree)/.azldev ] && echo "SEEN the workspace"
        ls -d /usr/src/azl/BUILD/liblantern* 2>/dev/null && echo "SEEN another build"
        find / -xdev -name '*\(name)*' 2>/dev/null | grep . && echo "SEEN the secret's name"
        grep -q secret /proc/self/environ && echo "SEEN the environment"
        cat /proc/[0-9]*/comm | grep -v '^\\(bwrap\\|bash\\|sh\\|rpmbuild\\|cat\\|grep\\)$' && echo "SEEN processes of the machine"
        grep -q '\(name)\\|\(tree)/SPECS' /proc/self/mountinfo && echo "SEEN mounts of the machine"
        for id in /proc/[0-9]*; do tr '\\0' ' ' < $id/cmdline | grep '\(tree.lastComponent?.string ?? "")\\|[.]azldev\\|store/' && echo "SEEN paths of the machine in $id/cmdline"; done
        cat /proc/[0-9]*/environ | tr '\\0' '\\n' | grep '\(tree.lastComponent?.string ?? "")\\|AZL_SECRET' && echo "SEEN an environment of the machine"
        grep ' - overlay ' /proc/self/mountinfo | grep '\(tree.lastComponent?.string ?? "")' && echo "SEEN where the root comes from"
        (exec 3<>/dev/tcp/127.0.0.1/\(port)) 2>/dev/null && echo "SEEN a server of the machine"
        (exec 3<>/dev/tcp/192.0.2.1/80) 2>/dev/null && echo "SEEN the network"
        [ "$(grep -c : /proc/net/dev)" = 1 ] || echo "SEEN network devices"
        [ -s /etc/resolv.conf ] && echo "SEEN name servers"
        mknod /tmp/disk b 254 0 2>/dev/null && echo "SEEN a disk"
        mount -t tmpfs tmpfs /mnt 2>/dev/null && echo "SEEN a right to mount"
        echo 1 2>/dev/null > /proc/sys/kernel/sysrq && echo "SEEN a way to change the kernel's settings"
        perl -e '$t = "user"; $n = "azl"; exit(syscall(248, $t, $n, $n, 3, -4) < 0)' && echo "SEEN keys of the machine's root"
        perl -e '$t = "user"; $n = "azl"; exit(syscall(248, $t, $n, $n, 3, -3) < 0)' && echo "SEEN keys of the session"
        date -s @0 2>/dev/null && echo "SEEN a right to set the clock"
        for folder in / /tmp /var/tmp /dev/shm; do echo x 2>/dev/null > $folder/\(name)-left; done
        echo "ID $(id)"
        echo "HOST $(cat /proc/sys/kernel/hostname)"
        echo ENV $(env | sed -n 's/^\\([A-Z_]*\\)=.*/\\1/p' | grep -v 'RPM_\\|FLAGS\\|CONFIG_SITE\\|^CLASSPATH$\\|^_$' | sort)
        set -x -e

        """
    }
  }
}

/// A server of this machine that counts who comes.
private final class Listener {
  private let descriptor: Int32
  private(set) var port: UInt16 = 0

  init() throws {
    let made = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        bind(made, pointer, size) == 0 && listen(made, 8) == 0 && getsockname(made, pointer, &size) == 0
      }
    }
    descriptor = made
    try #require(bound)
    port = UInt16(bigEndian: address.sin_port)
  }

  var accepted: Int {
    var count = 0
    while case let connection = accept(descriptor, nil, nil), connection >= 0 {
      close(connection)
      count += 1
    }
    return count
  }

  deinit { close(descriptor) }
}
