import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// Runs the commands of an image build; what they say goes to the log.
struct ImageSteps: Sendable {
  let privilege: Privilege
  let log: FilePath

  /// In a sandbox around the root.
  @discardableResult
  func confined(
    _ step: String, _ confinement: Confinement, _ arguments: [String]
  ) async throws -> CommandResult {
    try await run(step, confinement.command(arguments, privilege: privilege))
  }

  /// The machine's own tools with the rights that the root's files need.
  @discardableResult
  func owning(
    _ step: String, _ arguments: [String], environment: [String: String] = Command.hostEnvironment
  ) async throws -> CommandResult {
    try await run(
      step, Command(privilege.namespace(arguments), environment: environment, cleanEnvironment: true))
  }

  /// The machine's own tools on files of ours.
  @discardableResult
  func plain(
    _ step: String, _ arguments: [String], environment: [String: String] = Command.hostEnvironment
  ) async throws -> CommandResult {
    try await run(step, Command(arguments, environment: environment, cleanEnvironment: true))
  }

  func run(_ step: String, _ command: Command) async throws -> CommandResult {
    let result = try await attempt(command)
    guard result.isSuccess else {
      throw ImageError.commandFailed(
        step: step, status: result.status, lastLines: ImageSteps.lastLines(result), log: log)
    }
    return result
  }

  func attempt(_ command: Command) async throws -> CommandResult {
    let result = try await command.bound(to: getpid()).run()
    let file = try FileDescriptor.open(
      log, .writeOnly, options: [.create, .append, .closeOnExec], permissions: [.ownerReadWrite, .groupRead])
    try file.closeAfter {
      _ = try file.writeAll(Data("$ \(command)\n".utf8))
      _ = try file.writeAll(result.output)
      _ = try file.writeAll(result.error)
    }
    return result
  }

  static func lastLines(_ result: CommandResult) -> [String] {
    (result.errorText.isEmpty ? result.text : result.errorText).split(separator: "\n").suffix(12).map(
      String.init)
  }

  /// Removes a scratch folder, also when the build was cancelled: that is a reason for cleaning up.
  func remove(_ folder: FilePath) async {
    let arguments = ["rm", "-rf", "--one-file-system", "--", folder.string]
    let command = Command(
      privilege == .root ? arguments : privilege.namespace(arguments), environment: Command.hostEnvironment,
      cleanEnvironment: true)
    await Task.detached { _ = try? await command.run() }.value
  }
}
