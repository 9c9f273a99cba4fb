import ArgumentParser
import AzureLinux
import Foundation
import Incremental
import Packages
import Pipeline
import Sandbox
import Storage
import SystemPackage
import Terminal

struct ShellCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shell",
    abstract: "A shell in the build root of a package.",
    discussion: """
      The same root, environment, mounts and user as the package's build, without network. With --failed it is the
      root that was kept of its last failed build, with everything that the build wrote; what is changed there stays
      there until a build of the package succeeds. Otherwise it is a fresh one, ready for rpmbuild, which goes with
      the shell. The exit code is that of the shell or command.

        azl-dev shell zip --failed                      look around
        azl-dev shell zip --failed -- cat BUILD/zip30/config.log
        azl-dev shell zip -- rpmbuild -bp SPECS/zip.spec
        azl-dev try zip --resume-from build             go on with the build that failed
      """)

  @OptionGroup var common: CommonOptions
  @Argument(help: "A spec (file name without .spec) or binary package.")
  var package: String
  @Flag(help: "In the root of the last failed build.")
  var failed = false
  @Flag(help: "In a root of what the tree makes, as build --from-scratch makes it.")
  var fromScratch = false
  @Argument(parsing: .postTerminator, help: "A command instead of a shell.")
  var command: [String] = []

  func validate() throws {
    if failed, fromScratch {
      throw ValidationError("--failed enters the root that is there; --from-scratch makes one")
    }
  }

  func run() async throws {
    let workspace = Workspace(tree: try Tree.find(common.tree))
    let settings = try SettingsFiles.read(workspace, set: common.settings)
    let layers = RootLayers(workspace: workspace) { Digest.of($0) }
    let roots = KeptRoots(layers: layers, budget: Int64(settings.disk.roots) << 20)
    let root: KeptRoot
    if failed {
      guard let found = roots.failed(package) else { throw PackagesError.noKeptRoot(spec: package) }
      root = found
    } else {
      root = try await fresh()
    }
    let hold = try await roots.enter(root)
    let status: Swift.Result<Int32, any Error>
    do {
      status = .success(try await enter(root, workspace, layers.privilege))
    } catch { status = .failure(error) }
    withExtendedLifetime(hold) {}
    if root.kind == .shell { await layers.remove(workspace.roots.appending(root.name)) }
    let code = try status.get()
    if code != 0 { throw Passed(code: code) }
  }

  /// The workspace is free for others as soon as the root is there.
  private func fresh() async throws -> KeptRoot {
    let progress = BuildProgress(json: true)
    let bench = try await Workbench.open(common, access: .write, progress: progress)
    let spec = try await bench.locate(package)
    // specs that need each other get the roots that their builds get
    let schedule = try await bench.session.schedule([spec], extent: Extent(isFromScratch: fromScratch))
    let request = try await bench.session.engine.value(
      of: ReadyBuild(spec: spec, extent: schedule.rule(spec).extent))
    progress.activity(.step(subject: spec.id, "root"))
    let root = try await bench.builder.packageBuilder.fresh(bench.builder.ready(request, .packages))
    progress.end()
    return root
  }

  private func enter(_ root: KeptRoot, _ workspace: Workspace, _ privilege: Privilege) async throws -> Int32 {
    let isTerminal = isatty(0) == 1 && isatty(1) == 1
    let terminal =
      isTerminal && command.isEmpty ? ProcessInfo.processInfo.environment["TERM"] ?? "linux" : nil
    let words =
      command.isEmpty ? ["/bin/bash", "--noprofile", "--norc"] : ["/usr/bin/env", "--"] + command
    let confined = root.confinement(in: workspace, terminal: terminal).command(words, privilege: privilege)
    return try await confined.bound(to: getpid()).runInForeground()
  }
}

/// The exit code of a program that ran in this one's place.
struct Passed: Error {
  var code: Int32
}
