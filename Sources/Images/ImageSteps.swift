import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// Runs the commands of an image build; what they say goes to the log.
struct ImageSteps: Sendable {
  let privilege: Privilege
  let log: FilePath
  let limits: ImageLimits
  /// Where they run that need the rights of the root's owners.
  private(set) var namespace: HeldNamespace
  private let base: HeldNamespace

  init(privilege: Privilege, namespace: HeldNamespace, log: FilePath, limits: ImageLimits) {
    self.privilege = privilege
    self.namespace = namespace
    base = namespace
    self.log = log
    self.limits = limits
  }

  /// On what is not the root.
  var outside: ImageSteps {
    var steps = self
    steps.namespace = base
    return steps
  }

  func inside(_ root: MountedRoot) -> ImageSteps {
    var steps = self
    steps.namespace = root.namespace
    return steps
  }

  /// In a sandbox around the root.
  @discardableResult
  func confined(
    _ step: String, _ confinement: Confinement, _ arguments: [String]
  ) async throws -> CommandResult {
    try passed(step, try await attempt(step, confinement, arguments))
  }

  /// In a sandbox around the root, and within the limits; a status other than 0 is an answer.
  func attempt(
    _ step: String, _ confinement: Confinement, _ arguments: [String], isLogged: Bool = true
  ) async throws -> CommandResult {
    let group = limits.group()
    let confinement = limits.bounding(confinement, in: group)
    let command = confinement.command(arguments, in: namespace)
    let ending: Result<ImageLimits.Ending, any Error>
    do {
      ending = .success(
        try await limits.watching(group) {
          try await command.joining(group).bound(to: getpid()).run()
        })
    } catch { ending = .failure(error) }
    await group?.remove()
    switch try ending.get() {
    case .ended(let result):
      try note(command, result, isLogged: isLogged)
      return result
    case .limited(let hit): throw ImageError.limit(step: step, hit, log: log)
    }
  }

  /// The machine's own tools with the rights that the root's files need.
  @discardableResult
  func owning(
    _ step: String, _ arguments: [String], environment: [String: String] = Command.hostEnvironment
  ) async throws -> CommandResult {
    let arguments = namespace.entering(arguments)
    return try await run(step, Command(arguments, environment: environment, cleanEnvironment: true))
  }

  /// The machine's own tools on files of ours.
  @discardableResult
  func plain(
    _ step: String, _ arguments: [String], environment: [String: String] = Command.hostEnvironment
  ) async throws -> CommandResult {
    try await run(step, Command(arguments, environment: environment, cleanEnvironment: true))
  }

  /// A list that the owner of the root's files has to be asked for.
  func list(_ step: String, _ arguments: [String]) async throws -> CommandResult {
    let arguments = namespace.entering(arguments)
    return try await run(
      step, Command(arguments, environment: Command.hostEnvironment, cleanEnvironment: true), isLogged: false)
  }

  func run(_ step: String, _ command: Command, isLogged: Bool = true) async throws -> CommandResult {
    let result = try await command.bound(to: getpid()).run()
    try note(command, result, isLogged: isLogged)
    return try passed(step, result)
  }

  @discardableResult
  func passed(_ step: String, _ result: CommandResult) throws -> CommandResult {
    guard result.isSuccess else {
      throw ImageError.commandFailed(
        step: step, status: result.status, lastLines: ImageSteps.lastLines(result), log: log)
    }
    return result
  }

  /// - Parameter isLogged: what it prints is for a person.
  private func note(_ command: Command, _ result: CommandResult, isLogged: Bool) throws {
    let file = try FileDescriptor.open(
      log, .writeOnly, options: [.create, .append, .closeOnExec], permissions: [.ownerReadWrite, .groupRead])
    try file.closeAfter {
      _ = try file.writeAll(Data("$ \(command)\n".utf8))
      if isLogged || !result.isSuccess { _ = try file.writeAll(result.output) }
      _ = try file.writeAll(result.error)
    }
  }

  /// Of all libraries that are there: scriptlets see those that came before them.
  func makeLinkerCache(_ recipe: RootRecipe, _ tree: RootTree) async throws {
    guard tree.exists("/sbin/ldconfig") else { return }
    try await confined("making the linker's cache", recipe.inside(), ["/sbin/ldconfig", "-X"])
  }

  /// Takes this machine and this moment out of the root.
  func settle(_ recipe: RootRecipe, _ tree: RootTree) async throws {
    try await confined("cleaning up", recipe.editing, recipe.forget(in: tree))
    if tree.exists("/var/lib/rpm") {
      try await confined("cleaning up", recipe.editing, recipe.forgetSalt(in: tree))
    }
    try await confined("settling times", recipe.editing, recipe.settleTimes)
  }

  static func lastLines(_ result: CommandResult) -> [String] {
    (result.errorText.isEmpty ? result.text : result.errorText).split(separator: "\n").suffix(12).map(
      String.init)
  }

  /// Removes a scratch folder, also when the build was cancelled: that is a reason for cleaning up.
  func remove(_ folder: FilePath) async { await Self.remove(folder, privilege) }

  static func remove(_ folder: FilePath, _ privilege: Privilege) async {
    let arguments = ["rm", "-rf", "--one-file-system", "--", folder.string]
    let command = Command(
      privilege == .root ? arguments : privilege.namespace(arguments), environment: Command.hostEnvironment,
      cleanEnvironment: true)
    await Task.detached { _ = try? await command.run() }.value
  }
}
