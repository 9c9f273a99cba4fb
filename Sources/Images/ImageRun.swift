import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// One build of one image: root folder, then disk, then artifacts.
struct ImageRun: Sendable {
  let request: ImageRequest
  let identity: ImageIdentity
  let layout: DiskLayout
  let work: FilePath
  let steps: ImageSteps
  let report: ActivityReport

  var configuration: ImageConfiguration { request.configuration }
  var system: ImageConfiguration.System { request.configuration.system }
  var tree: RootTree { RootTree(work.appending("root")) }
  var recipe: RootRecipe { RootRecipe(root: tree.root, timestamp: request.timestamp) }
  var disk: DiskTools { DiskTools(disk: work.appending("disk.raw"), timestamp: request.timestamp) }

  func begin(_ step: String) { report(.step(subject: system.name, step)) }

  func prepare(output: FilePath, log: FilePath) throws {
    for folder in [work, output, log.removingLastComponent()] {
      try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    }
    try Data().write(to: URL(filePath: log.string))
  }

  func build(output: FilePath) async throws -> ImageManifest {
    let warnings = try await install()
    try await addAccounts()
    try await place("files", systemFiles())
    try await runScripts(system.postInstallScripts, key: "post-install script")
    let kernel = try await chooseKernel()
    guard let root = layout.mounted(at: "/"), let esp = layout.esp?.mount?.point else {
      preconditionFailure("because a configuration without / or ESP does not validate")
    }
    let commandLine = BootLoader.commandLine(root: root, extra: system.extraCommandLine)
    try await place(
      "boot",
      BootLoader.files(
        esp: esp, title: "Azure Linux \(request.releaseVersion)", kernel: kernel, tree: tree,
        commandLine: commandLine) + identityFiles)
    try await runScripts(system.finalizeImageScripts, key: "finalize-image script")
    try await settle()
    try await makeDisk()
    let publication = Publication(run: self, output: output)
    return try await publication.publish(kernel: kernel, commandLine: commandLine, warnings: warnings)
  }

  /// Returns rpm's warnings: a scriptlet that failed after its package was in place is one.
  private func install() async throws -> [String] {
    begin("installing \(request.rpms.count) packages")
    for command in recipe.makeMountPoints { try await steps.owning("making the root folder", command) }
    let command = recipe.outside.command(
      recipe.install(request.rpms, docs: !system.disableRPMDocs), privilege: steps.privilege)
    let result = try await steps.attempt(command)
    guard result.isSuccess else {
      throw ImageError.installFailed(
        packages: request.rpms.count, status: result.status, lastLines: ImageSteps.lastLines(result),
        log: steps.log)
    }
    let warnings = result.errorText.split(separator: "\n").map(String.init).filter {
      $0.hasPrefix("warning: ")
    }
    for warning in warnings { report(.notice(warning)) }
    return warnings
  }

  private func addAccounts() async throws {
    guard !system.users.isEmpty || !system.groups.isEmpty else { return }
    begin("adding users")
    for program in Accounts.programs where !tree.exists("/usr/sbin/\(program)") {
      throw ImageError.programMissing(
        "/usr/sbin/\(program)", package: "shadow-utils", neededFor: "Users and Groups")
    }
    var hashes: [String: String] = [:]
    for user in system.users where !user.password.isEmpty {
      hashes[user.name] = user.passwordHashed ? user.password : try await hash(user)
    }
    let commands = Accounts.commands(
      system, existingUsers: names("/etc/passwd"), existingGroups: names("/etc/group"), hashes: hashes)
    for command in commands {
      try await steps.confined("\(command[0]) \(command.last ?? "")", recipe.inside(), command)
    }
  }

  private func names(_ table: String) -> Set<String> {
    Accounts.names(String(decoding: tree.read(table) ?? Data(), as: UTF8.self))
  }

  private func hash(_ user: ImageConfiguration.User) async throws -> String {
    let file = work.appending("password")
    guard
      FileManager.default.createFile(
        atPath: file.string, contents: Data((user.password + "\n").utf8),
        attributes: [.posixPermissions: 0o600])
    else { throw ImageError.file(file, doing: "write", reason: "not created") }
    defer { try? FileManager.default.removeItem(atPath: file.string) }
    let command = Accounts.hash(salt: identity.salt("password \(user.name)"), file: file.string)
    // not through the log: the hash is a secret
    let result = try await Command(command, environment: Command.hostEnvironment, cleanEnvironment: true)
      .check()
    return result.text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func systemFiles() -> [PreparedFile] {
    let hosts = String(decoding: tree.read("/etc/hosts") ?? Data(), as: UTF8.self)
    return SystemFiles.all(system, layout: layout, hosts: hosts)
      + system.additionalFiles.map { file in
        PreparedFile(
          file.destination, .copy(request.place(of: file.source)),
          mode: file.permissions.flatMap { Int($0, radix: 8) })
      }
  }

  private var identityFiles: [PreparedFile] {
    [
      PreparedFile("/etc/machine-id", .text(SystemFiles.machineID(firstboot: system.systemdFirstboot))),
      PreparedFile(
        "/etc/image-id",
        .text(
          SystemFiles.imageID(
            buildNumber: request.buildNumber, timestamp: request.timestamp, uuid: identity.uuid("image"))),
        mode: 0o444),
    ]
  }

  private func place(_ name: String, _ files: [PreparedFile]) async throws {
    begin("writing \(name)")
    let archive = work.appending("\(name).tar")
    let pack = try files.layOut(in: work.appending(name), over: tree, archive: archive)
    try await steps.plain("packing \(name)", pack)
    try await steps.confined("unpacking \(name)", unpacking, recipe.unpack(archive))
  }

  /// As `recipe.outside`, but with the real folders beneath `/dev`, `/run` and `/tmp`.
  private var unpacking: Confinement {
    var confinement = recipe.outside
    confinement.mounts = [.bind(tree.root, at: tree.root)]
    return confinement
  }

  private func runScripts(_ scripts: [ImageConfiguration.Script], key: String) async throws {
    for script in scripts {
      begin("running \(script.path)")
      let source = request.place(of: script.path)
      let name = source.lastComponent?.string ?? "script"
      try await steps.confined(
        "\(key) \(script.path)", recipe.inside(files: [(name, source)]),
        ["/bin/sh", "-c", "exec \(Command.quoted("/tmp/\(name)")) \(script.arguments)"])
    }
  }

  private func chooseKernel() async throws -> Kernel {
    let result = try await steps.attempt(
      recipe.outside.command(recipe.files(providing: system.kernel), privilege: steps.privilege))
    let files = result.isSuccess ? result.text.split(separator: "\n").map(String.init) : []
    return try Kernel(package: system.kernel, files: files, tree: tree)
  }

  /// Takes this machine and this moment out of the root.
  private func settle() async throws {
    begin("settling times")
    try await steps.owning("cleaning up", recipe.forget)
    try await steps.owning("settling times", recipe.clampTimes)
  }
}
