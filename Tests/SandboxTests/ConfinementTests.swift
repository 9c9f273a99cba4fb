import AzureLinux
import Foundation
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Sandbox

@Suite struct ConfinementTests {
  private let overlay = Overlay(
    store: "/w/a,b:c/store", lower: ["layers/bb/root", "layers/aa/root"], upper: "scratch/x/upper",
    work: "scratch/x/work", merged: "scratch/x/merged")

  private func confinement(_ root: Confinement.Root) -> Confinement {
    Confinement(
      root: root, mounts: [.bind("/w/top", at: "/usr/src/azl"), .temporary("/tmp")],
      environment: ["PATH": "/usr/bin", "HOME": "/root"])
  }

  private let capabilities = Confinement.capabilities.map { "--cap-add CAP_\($0)" }.joined(separator: " ")

  @Test func rootMountsTheOverlayInANamespaceAndConfinesTheProgram() {
    let command = confinement(.overlay(overlay)).command(["true"], privilege: .root)
    // the kernel's program is data, not words
    let words = command.arguments.map { $0.hasPrefix(#"\0040\0000"#) ? "FILTER" : $0 }
    #expect(
      Command(words).description == """
        unshare --mount -- sh -c 'cd "$1" && mount -t overlay -o "$2" overlay "$3" || exit 121; shift 3; exec "$@"' \
        sh /w/a,b:c/store lowerdir=layers/bb/root:layers/aa/root,upperdir=scratch/x/upper,workdir=scratch/x/work,\
        redirect_dir=nofollow,metacopy=off,index=off,volatile scratch/x/merged \
        bash -pc 'exec 4< <(printf %b "$1") 5< <(printf "%s\\0" "${@:3:$2}"); \
        exec -c bwrap --seccomp 4 --args 5 -- "${@:3+$2}"' bash FILTER 59 \
        --unshare-ipc --unshare-pid --unshare-net --unshare-uts --unshare-cgroup-try --die-with-parent \
        --new-session --hostname azl-build --cap-drop ALL \(capabilities) \
        --bind /w/a,b:c/store/scratch/x/merged / --dev /dev --proc /proc --ro-bind /proc/sys /proc/sys --bind /w/top /usr/src/azl \
        --perms 1777 --tmpfs /tmp --clearenv --setenv HOME /root --setenv PATH /usr/bin --chdir / true
        """)
    #expect(command.cleanEnvironment)
  }

  @Test func aUserMapsAllSubordinateIds() {
    let command = confinement(.overlay(overlay)).command(["true"], privilege: .user(1000))
    #expect(
      command.arguments.prefix(6) == ["unshare", "--mount", "--user", "--map-root-user", "--map-auto", "--"])
    #expect(overlay.options(.user(1000)).hasSuffix("workdir=scratch/x/work,userxattr,volatile"))
  }

  @Test func theMachinesToolsSeeNoSettingsOfTheMachine() {
    var limited = confinement(.machine(mounting: nil))
    limited.memoryLimit = 1 << 30
    let command = limited.command(["rpm"], privilege: .root)
    #expect(
      command.arguments.prefix(6) == [
        "unshare", "--mount", "--", "prlimit", "--as=1073741824:1073741824", "--",
      ])
    #expect(
      command.description.contains(
        "--ro-bind-try /usr /usr --ro-bind-try /bin /bin --ro-bind-try /sbin /sbin --ro-bind-try /lib /lib "
          + "--ro-bind-try /lib64 /lib64 --dir /etc --dev /dev --proc /proc "
          + "--ro-bind /proc/sys /proc/sys --bind"))
    #expect(command.description.contains("--tmpfs /tmp --remount-ro / --clearenv"))
  }

  @Test func theFilterIsOfWholeInstructionsThatTheKernelKnows() {
    let program = KeyringFilter.program
    let codes = stride(from: 0, to: program.count, by: 8).map { program[$0] }
    #expect(program.count == 8 * (1 + 7 * KeyringFilter.calls.count + 1))
    #expect(Set(codes) == [0x20, 0x15, 0x54, 0x35, 0x25, 0x06])
  }

  @Test(.enabled(if: Machine.canConfine, "needs user namespaces or root, bubblewrap, setpriv"))
  func nobodyInsideHasKeysOfTheKernel() async throws {
    // keyctl, and then a call that is allowed; both answer with a number
    let text = "print syscall(\(KeyringFilter.calls[0].first + 2), 0, -3, 0), ' ', $! + 0, ' ', getppid() > 0"
    let machine = Confinement(
      root: .machine(mounting: nil), mounts: [], environment: Command.hostEnvironment)
    let command = machine.command(["perl", "-e", text], privilege: .current)
    #expect(try await command.check().text == "-1 \(ENOSYS) 1")
  }

  @Test(.enabled(if: Machine.canConfine, "needs user namespaces or root, bubblewrap, setpriv"))
  func nobodyInsideReadsHowItWasMade() async throws {
    let machine = Confinement(
      root: .machine(mounting: nil), mounts: [.temporary("/tmp")],
      environment: ["PATH": "/usr/bin", "A": "b c"])
    let text =
      #"tr '\0' '\n' < /proc/1/cmdline; echo "1:$(tr -d '\0' < /proc/1/environ)"; echo $A; echo "$@"; echo /proc/$$/fd/*"#
    let result = try await machine.command(["sh", "-c", text, "sh", "x  y", ""], privilege: .current).check()
    let lines = result.text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(
      lines.first == "bwrap" && lines.contains("1:") && lines.contains("b c") && lines.contains("x  y "))
    #expect(!result.text.contains("--tmpfs"), "\(result.text)")
    // and no pipe is left open
    #expect(!result.text.contains("/fd/4") && !result.text.contains("/fd/6"), "\(result.text)")
  }

  /// The value that is there: it would be no harm.
  @Test(.enabled(if: Machine.canConfine, "needs user namespaces or root, bubblewrap, setpriv"))
  func nobodyInsideChangesTheKernelsSettings() async throws {
    let text =
      #"f=/proc/sys/kernel/core_pattern; v=$(cat $f); { printf %s "$v" > $f; } 2>/dev/null && echo written; echo "$v""#
    let machine = Confinement(
      root: .machine(mounting: nil), mounts: [], environment: Command.hostEnvironment)
    let lines = try await machine.command(["sh", "-c", text], privilege: .current).check().text
    #expect(lines == (try String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8)))
  }

  /// By any way: its process 1 has the same root.
  @Test(.enabled(if: Machine.canConfine, "needs user namespaces or root, bubblewrap, setpriv"))
  func theMachinesToolsSeeNothingOfTheMachineButPrograms() async throws {
    let folder = try TemporaryFolder()
    let (shown, secret) = (folder.path.appending("shown"), folder.path.appending("secret"))
    for place in [shown, secret] {
      try FileManager.default.createDirectory(atPath: place.string, withIntermediateDirectories: true)
      try Data("found".utf8).write(to: URL(filePath: place.appending("file").string))
    }
    let machine = Confinement(
      root: .machine(mounting: nil), mounts: [.readOnly(shown, at: shown)],
      environment: Command.hostEnvironment)
    let text =
      #"ls -A /proc/1/root; cat "$1/file" "/proc/1/root$1/file"; cat "$2/file" "/proc/1/root$2/file"; touch /x /etc/x; true"#
    let result = try await machine.command(
      ["sh", "-c", text, "sh", shown.string, secret.string], privilege: .current
    ).check()
    let lines = result.text.split(separator: "\n")
    #expect(lines.last == "foundfound", "\(result.text)")
    let top = shown.components.first?.string ?? ""
    #expect(
      Set(lines.dropLast().map(String.init)).isSubset(of: [
        "bin", "dev", "etc", "lib", "lib64", "proc", "sbin", "usr", top,
      ]), "\(result.text)")
    #expect(result.errorText.split(separator: "\n").count == 4, "\(result.errorText)")
  }

  @Test(.enabled(if: Machine.canConfine, "needs user namespaces or root, bubblewrap, setpriv"))
  func nothingOfTheCallersShellIsRun() async throws {
    let folder = try TemporaryFolder()
    let file = folder.path.appending("rc")
    try "echo from the caller".write(toFile: file.string, atomically: true, encoding: .utf8)
    let words = Bubblewrap.command(options: ["--ro-bind", "/", "/"], ["/bin/echo", "inside"])
    let command = Command(Privilege.current.namespace(words), environment: ["BASH_ENV": file.string])
    #expect(try await command.check().text == "inside\n")
  }

  @Test func aBoundCommandDiesWithItsParent() {
    #expect(
      Command(["true", "a b"]).bound(to: 42).description == """
        setpriv --pdeathsig KILL -- sh -c '[ "$PPID" = "$1" ] || exit 143; shift; exec "$@"' sh 42 true 'a b'
        """)
  }

  @Test func theNameOfALayerHasNoPathInItAndDependsOnContentModeAndWhatIsBeneath() throws {
    let file = { (path: String, text: String) throws in
      RPMFile(
        nevra: try #require(NEVRA(fileName: "a-1-1.x86_64.rpm")), path: path, digest: Digest.of(text), size: 1
      )
    }
    let (a, b) = (try file("/one/a.rpm", "a"), try file("/one/b.rpm", "b"))
    let identity = RootLayer.identity(.base, rpms: [a, b], on: nil, privilege: .root)
    #expect(!identity.contains("/one"))
    #expect(
      RootLayer.identity(.base, rpms: [b, try file("/two", "a")], on: nil, privilege: .root) == identity)
    #expect(RootLayer.identity(.base, rpms: [a, b], on: nil, privilege: .user(1)) != identity)
    #expect(RootLayer.identity(.base, rpms: [a, b], on: Digest.of("x"), privilege: .root) != identity)
    #expect(RootLayer.identity(.extra, rpms: [a, b], on: nil, privilege: .root) != identity)
  }

  @Test func aLayerIsOneTransactionInOneOrder() throws {
    let rpms = try ["b-1-1.noarch.rpm", "a-1-1.noarch.rpm"].map {
      RPMFile(nevra: try #require(NEVRA(fileName: $0)), path: "/m/\($0)", digest: Digest.of($0), size: 1)
    }
    #expect(
      Command(LayerRecipe.transaction(.base, root: "/r", rpms: rpms)).description == """
        sh -c 'root=$1; shift; "$@" && find "$root" -xdev -name '\\''*.la'\\'' '\\''('\\'' -type f -o -type l \
        '\\'')'\\'' -delete' sh /r rpm --root /r --dbpath /var/lib/rpm --noplugins --nosignature --nodigest \
        --nodeps --force -i /m/a-1-1.noarch.rpm /m/b-1-1.noarch.rpm
        """)
  }
}
