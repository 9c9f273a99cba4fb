/// Texts that would break the files and command lines that they are written into.
extension RefusalList {
  func checkText(of system: ImageConfiguration.System) {
    let path = "SystemConfigs[0]"
    need(
      "\(path).KernelCommandLine.ExtraCommandLine", "must be one line",
      unless: !system.extraCommandLine.contains(where: \.isNewline))
    let labels = system.hostname.split(separator: ".", omittingEmptySubsequences: false)
    need(
      "\(path).Hostname", "must have no label that is empty or ends with -",
      unless: system.hostname.isEmpty || labels.allSatisfy { !$0.isEmpty && !$0.hasSuffix("-") })
    for file in system.additionalFiles {
      need(
        "\(path).AdditionalFiles[\"\(file.source)\"]",
        "\"\(file.destination)\" is not an absolute path without ..",
        unless: isPlainAbsolute(file.destination))
    }
    checkAccounts(of: system, path)
  }

  private func checkAccounts(of system: ImageConfiguration.System, _ path: String) {
    for (kind, names) in [("Users", system.users.map(\.name)), ("Groups", system.groups.map(\.name))] {
      var seen = Set<String>()
      for (index, name) in names.enumerated() {
        let isName = name.wholeMatch(of: /[A-Za-z0-9._][A-Za-z0-9._-]*/) != nil
        need("\(path).\(kind)[\(index)].Name", "\"\(name)\" is not a name", unless: isName)
        need(
          "\(path).\(kind)[\(index)].Name", "\"\(name)\" is used twice", unless: seen.insert(name).inserted)
      }
    }
    for (index, group) in system.groups.enumerated() {
      let isNumber = group.id.isEmpty || group.gid.map { (0...60000).contains($0) } == true
      need("\(path).Groups[\(index)].GID", "must be a number from 0 to 60000 as text", unless: isNumber)
    }
    for (index, user) in system.users.enumerated() {
      let place = "\(path).Users[\(index)]"
      need(
        "\(place).Password", "must be one line, and a hash have no :",
        unless: !user.password.contains { $0.isNewline || $0 == ":" && user.passwordHashed })
      need(
        "\(place).StartupCommand", "must not contain : or a line break: it is a field of passwd",
        unless: !user.startupCommand.contains { $0.isNewline || $0 == ":" })
    }
  }
}
