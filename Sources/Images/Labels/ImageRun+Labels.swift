import AzureLinux
import Foundation
import Sandbox
import SystemPackage

extension ImageRun {
  private var isLabelled: Bool { system.kernelCommandLine.selinux != .off && disks != nil }

  /// Sets the mode that the configuration asks for, and looks that there is a policy.
  func configureSELinux() async throws {
    guard isLabelled else { return }
    guard Command.find(FileLabels.program) != nil else {
      throw ImageError.sandbox(.wrap(CommandError.notFound(program: FileLabels.program)))
    }
    _ = try policy()
    try await place(
      "SELinux's mode",
      [
        PreparedFile(
          SELinuxPolicy.configuration,
          .text(SELinuxPolicy.setting(system.kernelCommandLine.selinux.mode, in: policySettings)))
      ])
  }

  private var policySettings: String {
    String(decoding: tree.read(SELinuxPolicy.configuration) ?? Data(), as: UTF8.self)
  }

  private func policy() throws(ImageError) -> SELinuxPolicy {
    let package = system.kernelCommandLine.policyPackage
    guard let policy = SELinuxPolicy(configuration: policySettings) else {
      throw .policyMissing("\(SELinuxPolicy.configuration) with a SELINUXTYPE", package: package)
    }
    guard tree.exists(policy.contexts) else { throw .policyMissing(policy.contexts, package: package) }
    return policy
  }

  /// Gives every file of a finished file system the label that the image's policy has for its path.
  func label(_ partition: DiskLayout.Partition, from part: FilePath) async throws {
    guard isLabelled, let point = partition.mount?.point else { return }
    begin("labelling partition \(partition.id)")
    let contexts = recipe.place(ofFolder: try policy().contexts, in: tree)
    let list = try await steps.list("listing \(partition.id)", FileLabels.list(part.string))
    let labels = FileLabels(list.output, mountedAt: point)
    var answers: [String: String] = [:]
    for kind in labels.kinds {
      let names = file("names-\(kind)", of: partition)
      try labels.names(kind).write(to: URL(filePath: names.string))
      let lookup = FileLabels.lookup(kind, contexts: contexts, names: names)
      let answer = try await steps.attempt(
        "looking up labels of \(partition.id)", recipe.editing, lookup, isLogged: false)
      answers[kind] = try steps.passed("looking up labels of \(partition.id)", answer).text
    }
    let folder = file("labels", of: partition)
    guard let commands = labels.commands(answers, valuesIn: folder) else {
      throw ImageError.file(contexts, doing: "label files by", reason: "it does not have a label for each")
    }
    if let name = commands.script.obstacle {
      throw ImageError.unlabelable(String(name.prefix(200)), partition: partition.id)
    }
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    for (number, value) in commands.values.enumerated() {
      try value.write(to: URL(filePath: folder.appending(String(number)).string))
    }
    let script = file("label", of: partition)
    try Data(commands.script.text.utf8).write(to: URL(filePath: script.string))
    let disk = disk(partition.disk)
    let result = try await steps.plain(
      "labelling \(partition.id)", disk.edit(partition, commands: script), environment: disk.environment)
    let trouble = DebugfsScript.trouble(result)
    guard trouble.isEmpty else {
      throw ImageError.commandFailed(
        step: "labelling \(partition.id)", status: result.status, lastLines: trouble.suffix(12),
        log: steps.log)
    }
  }
}
