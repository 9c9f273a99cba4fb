import Foundation

/// Rules about the repositories of one system.
struct RepositoryRules {
  let findings: FindingList
  let path: String

  func check(_ system: ImageConfiguration.System) {
    var names = Set<String>()
    for (index, repository) in system.packageRepositories.enumerated() {
      let place = "\(path).PackageRepos[\(index)]"
      if isBlank(repository.name) {
        findings.add(.blank, "\(place).Name", "is needed, and must not be blank")
      } else if !names.insert(repository.name).inserted {
        findings.add(.repositoryTwice, "\(place).Name", "\"\(repository.name)\" is used twice")
      }
      if !isURL(repository.url) {
        findings.add(.repositoryURL, "\(place).BaseUrl", "\"\(repository.url)\" is not a URL")
      }
      if repository.hasOwnKeys {
        findings.add(
          repository.install ? .repositoryKeysLater : .repositoryKeys, "\(place).GPGKeys",
          repository.install
            ? "the installer does not have these keys: the repository serves the installed system only"
            : "other keys than the default are for repositories with Install true")
      }
    }
    if !system.packageRepositories.isEmpty, !system.isISOInstall {
      findings.add(
        .repositoryISO, "\(path).PackageRepos",
        "are for installers: without IsIsoInstall the image build ends there")
    }
  }

  /// An absolute path is one too, as upstream.
  private func isURL(_ text: String) -> Bool {
    guard !isBlank(text), !text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }),
      let url = URL(string: text, encodingInvalidCharacters: true)
    else { return false }
    return text.hasPrefix("/") || url.scheme?.isEmpty == false
  }
}
