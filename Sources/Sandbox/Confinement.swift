// Sandbox runs programs: processes, namespaces, overlay mounts, the layers of build roots. It knows how a program is
// confined, not what it is for.
import AzureLinux
import SystemPackage

/// A process with nothing of the machine but what is listed: its own mounts, pids, network without devices, host
/// name, environment. Pure: it makes argument vectors.
package struct Confinement: Hashable, Sendable {
  package enum Root: Hashable, Sendable {
    case overlay(Overlay)
    /// A whole root, changed in place.
    case folder(FilePath)
    /// The machine's own programs, read-only, and nothing else of it: for tools that work on a tree from outside,
    /// which may be a mounted overlay.
    case machine(mounting: Overlay?)
  }

  package enum Mount: Hashable, Sendable {
    case bind(FilePath, at: FilePath)
    case readOnly(FilePath, at: FilePath)
    case temporary(FilePath)
    /// In memory, with at most so many bytes.
    case sized(FilePath, Int64)
    case devices(FilePath)
    case processes(FilePath)
  }

  package var root: Root
  package var mounts: [Mount]
  /// The whole of it.
  package var environment: [String: String]
  package var hostName: String
  package var workingDirectory: FilePath
  /// Bytes of address space per process.
  package var memoryLimit: Int64?
  /// What runs the whole of it within the mount of its overlay: see `BuildObserver`.
  package var observer: [String] = []
  /// Processes of the user inside; the kernel holds nobody to it who is the machine's root.
  package var processLimit: Int?
  /// A session of its own, so that nothing inside can type on the terminal. An interactive shell cannot have that.
  package var ownSession: Bool

  package init(
    root: Root, mounts: [Mount], environment: [String: String], hostName: String = "azl-build",
    workingDirectory: FilePath = "/", memoryLimit: Int64? = nil, processLimit: Int? = nil,
    ownSession: Bool = true
  ) {
    self.root = root
    self.mounts = mounts
    self.environment = environment
    self.hostName = hostName
    self.workingDirectory = workingDirectory
    self.memoryLimit = memoryLimit
    self.processLimit = processLimit
    self.ownSession = ownSession
  }

  /// What root keeps inside. No device nodes, no mounts, no raw network: as rootless, so that a build cannot
  /// succeed for root and fail for everybody else.
  package static let capabilities = [
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETFCAP", "SETGID", "SETPCAP",
    "SETUID", "SYS_CHROOT",
  ]

  /// What the machine's programs need. Whoever is inside gets at the rest of the root however deep he was put beneath it
  /// (`/proc/1/root`), so files that only their owner may read, and sockets of services, must not be in it.
  package static let programs = ["/usr", "/bin", "/sbin", "/lib", "/lib64"]

  /// What nobody inside sees of the machine.
  package static let hidden = ["/dev", "/etc", "/proc"]

  package func command(_ arguments: [String], privilege: Privilege) -> Command {
    Command(
      privilege.namespace(mounting(arguments, privilege)), environment: Command.hostEnvironment,
      cleanEnvironment: true)
  }

  /// The same in namespaces that are there already, an overlay with them; `root` and `mounts` name it by its `path`.
  package func command(_ arguments: [String], in namespace: HeldNamespace) -> Command {
    // what is mounted for this command alone goes with it
    let own: [String] =
      switch root {
      case .overlay, .machine(.some): ["unshare", "--mount", "--"]
      case .folder, .machine(nil): []
      }
    return Command(
      namespace.entering(own + mounting(arguments, namespace.privilege)),
      environment: Command.hostEnvironment, cleanEnvironment: true)
  }

  private func mounting(_ arguments: [String], _ privilege: Privilege) -> [String] {
    let confined = limited(bubblewrap(arguments))
    return switch root {
    case .overlay(let overlay), .machine(let overlay?):
      overlay.mounted(observer + confined, privilege: privilege)
    case .folder, .machine(nil): confined
    }
  }

  /// What the kernel lets its settings be written by is the user alone, not his capabilities: the machine's root, inside
  /// too. Bubblewrap takes the folder for unwritable, since nobody may make a file there.
  package static func processes(at place: FilePath) -> [String] {
    ["--proc", place.string, "--ro-bind", "/proc/sys", place.appending("sys").string]
  }

  private func limited(_ arguments: [String]) -> [String] {
    let limits =
      (memoryLimit.map { ["--as=\($0):\($0)"] } ?? []) + (processLimit.map { ["--nproc=\($0):\($0)"] } ?? [])
    return (limits.isEmpty ? [] : ["prlimit"] + limits + ["--"]) + arguments
  }

  private func bubblewrap(_ arguments: [String]) -> [String] {
    // no user namespace of its own: it would map one id only, and builds install files of several owners
    var words = [
      "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try",
      "--die-with-parent",
    ]
    words += (ownSession ? ["--new-session"] : []) + ["--hostname", hostName, "--cap-drop", "ALL"]
    words += Confinement.capabilities.flatMap { ["--cap-add", "CAP_" + $0] }
    switch root {
    case .overlay(let overlay): words += ["--bind", overlay.root.string, "/"]
    case .folder(let path): words += ["--bind", path.string, "/"]
    case .machine: words += Confinement.programs.flatMap { ["--ro-bind-try", $0, $0] } + ["--dir", "/etc"]
    }
    words += ["--dev", "/dev"] + Confinement.processes(at: "/proc")
    words += mounts.flatMap(\.arguments)
    if case .machine = root { words += ["--remount-ro", "/"] }
    words += ["--clearenv"]
    words += environment.sorted { $0.key < $1.key }.flatMap { ["--setenv", $0.key, $0.value] }
    return Bubblewrap.command(options: words + ["--chdir", workingDirectory.string], arguments)
  }
}

extension Confinement.Mount {
  var arguments: [String] {
    switch self {
    case .bind(let source, let place): ["--bind", source.string, place.string]
    case .readOnly(let source, let place): ["--ro-bind", source.string, place.string]
    case .temporary(let place): ["--perms", "1777", "--tmpfs", place.string]
    case .sized(let place, let bytes): ["--perms", "1777", "--size", "\(bytes)", "--tmpfs", place.string]
    case .devices(let place): ["--dev", place.string]
    case .processes(let place): Confinement.processes(at: place)
    }
  }
}
