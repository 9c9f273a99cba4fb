import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// One build of one image, over the layer of its packages: the rest of the root, then disk, then artifacts.
struct ImageRun: Sendable {
  let request: ImageRequest
  let identity: ImageIdentity
  let diskIdentity: ImageIdentity
  /// nil: a root file system without a disk around it.
  let disks: DiskSet?
  /// `layers` and `scratch` are in it.
  let store: FilePath
  let work: FilePath
  /// Relative to the store, topmost first: the packages.
  let lower: [String]
  /// Relative to the store: what is written over them.
  let upper: String
  let root: MountedRoot
  /// Nothing is taken over from other builds but packages.
  let isClean: Bool
  let steps: ImageSteps
  let report: ActivityReport

  var configuration: ImageConfiguration { request.configuration }
  var system: ImageConfiguration.System { request.configuration.system }
  var tree: RootTree { RootTree(root.seen) }
  var recipe: RootRecipe {
    RootRecipe(root: root.path, timestamp: request.timestamp, readable: [work])
  }

  /// Of one of `Disks`.
  func disk(_ index: Int) -> DiskTools {
    DiskTools(disk: work.appending("disk\(index).raw"), timestamp: request.timestamp)
  }

  func begin(_ step: String) { report(.step(subject: system.name, step)) }

  func build(output: FilePath, warnings: [String]) async throws -> ImageManifest {
    try await addAccounts()
    try await place("files", systemFiles() + (try await containerManifest()))
    try await runScripts(system.postInstallScripts, key: "post-install script")
    let kernel = try await addInitramfs(chooseKernel())
    if system.removeRPMDatabase {
      try await steps.confined(
        "removing the package database", recipe.editing,
        ["rm", "-rf", recipe.place(ofFolder: "/var/lib/rpm", in: tree).string])
    }
    let boot = try await addBootLoader(kernel)
    try await place("identity", identityFiles)
    try await configureSELinux()
    try await runScripts(system.finalizeImageScripts, key: "finalize-image script")
    begin("settling times")
    try await steps.settle(recipe, tree)
    var words = boot.map { [$0.commandLine] }
    if disks != nil {
      if let word = try await makeDisks(boot) { words?.append(word) }
      try installGRUB()
    }
    let publication = Publication(run: self, output: OutputFolder(path: output))
    return try await publication.publish(
      kernel: kernel, commandLine: words?.joined(separator: " "), warnings: warnings)
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
    try await addKeys()
  }

  /// Who may log in over SSH with which keys.
  private func addKeys() async throws {
    let table = String(decoding: tree.read("/etc/passwd") ?? Data(), as: UTF8.self)
    for user in system.users where !user.sshKeys.isEmpty || !user.sshKeyPaths.isEmpty {
      guard let home = Accounts.home(of: user.name, in: table) else {
        throw ImageError.file(FilePath("/etc/passwd"), doing: "find \(user.name) in", reason: "not there")
      }
      let files = try user.sshKeyPaths.map {
        try String(contentsOfFile: request.place(of: $0).string, encoding: .utf8)
      }
      let lines = (user.sshKeys + files).map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
      try await place(
        "keys of \(user.name)",
        [
          PreparedFile(
            "\(home)/.ssh/authorized_keys", .text(lines.joined(separator: "\n") + "\n"), mode: 0o600)
        ])
      try await steps.confined(
        "owning the keys of \(user.name)", recipe.inside(),
        [
          "/bin/sh", "-ec", #"chmod 0700 "$2/.ssh"; chown -R "$1:" "$2/.ssh""#, "sh", user.name, home,
        ])
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
    let command = Accounts.hash(salt: diskIdentity.salt("password \(user.name)"), file: file.string)
    // not through the log: the hash is a secret
    let result = try await Command(command, environment: Command.hostEnvironment, cleanEnvironment: true)
      .check()
    return result.text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func systemFiles() -> [PreparedFile] {
    let hosts = String(decoding: tree.read("/etc/hosts") ?? Data(), as: UTF8.self)
    return SystemFiles.all(system, disks: disks, hosts: hosts) + NetworkUnits.files(system.networks)
      + system.additionalFiles.map { file in
        PreparedFile(
          file.destination, .copy(request.place(of: file.source)),
          mode: file.permissions.flatMap { Int($0, radix: 8) })
      }
  }

  private func containerManifest() async throws -> [PreparedFile] {
    guard system.removeRPMDatabase else { return [] }
    let names = try await steps.confined(
      "listing packages", recipe.outside, recipe.packages(ContainerManifest.names))
    let table = try await steps.confined(
      "listing packages", recipe.outside, recipe.packages(ContainerManifest.table))
    return ContainerManifest.files(names: names.text, table: table.text)
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

  func place(_ name: String, _ files: [PreparedFile]) async throws {
    try await place(name, files, over: tree, recipe)
  }

  /// In a folder that was taken out of the root; its times are settled.
  func place(_ name: String, _ files: [PreparedFile], in part: FilePath) async throws {
    let recipe = RootRecipe(root: part, timestamp: request.timestamp, readable: [work])
    try await place(name, files, over: RootTree(part), recipe)
    try await steps.owning("settling times", recipe.settleTimes)
  }

  private func place(
    _ name: String, _ files: [PreparedFile], over tree: RootTree, _ recipe: RootRecipe
  ) async throws {
    begin("writing \(name)")
    guard !files.isEmpty else { return }
    let folder = work.appending("files-\(UUID().uuidString.lowercased())")
    let archive = folder.appending("archive.tar")
    let pack = try files.layOut(in: folder.appending("root"), over: tree, archive: archive)
    try await steps.plain("packing \(name)", pack)
    try await steps.confined("unpacking \(name)", recipe.editing, recipe.unpack(archive))
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

  private func chooseKernel() async throws -> Kernel? {
    guard !system.kernel.isEmpty else { return nil }
    let result = try await steps.attempt(
      "looking for the kernel", recipe.outside, recipe.files(providing: system.kernel), isLogged: false)
    let files = result.isSuccess ? result.text.split(separator: "\n").map(String.init) : []
    return try Kernel(package: system.kernel, files: files, tree: tree)
  }
}
