import AzureLinux

/// A cause that the log proves; never a guess.
package enum BuildHint: Hashable, Codable, Sendable {
  /// No hunk: the file itself was not found, or patch was told to be silent.
  case patchDoesNotApply(patch: String?, file: String?, hunk: Int?)
  case unpackagedFiles([String])
  case missingPackagedFile(String)
  /// What `%license` or `%doc` names is not among the sources.
  case missingDocument(directive: String, file: String)
  case undefinedMacro(String)
  case missing(Missing)

  /// Something that another package would bring.
  package enum Missing: Hashable, Codable, Sendable {
    case header(String)
    case command(String)
    /// As `-l` names it.
    case library(String)
    case pkgconfig(String)
    case cmake(String)
    /// With its packages, as `import` names it.
    case python(String)
    /// With colons.
    case perl(String)

    package var text: String {
      switch self {
      case .header(let name): name
      case .command(let name): "the command \(name)"
      case .library(let name): "lib\(name).so"
      case .pkgconfig(let name): "\(name).pc"
      case .cmake(let name): "\(name)Config.cmake"
      case .python(let name): "the Python module \(name)"
      case .perl(let name): "the Perl module \(name)"
      }
    }
  }

  package var text: String {
    switch self {
    case .patchDoesNotApply(let patch, let file, let hunk):
      "\(patch ?? "a patch") does not apply: "
        + (file.map { file in hunk.map { "hunk \($0) of \(file)" } ?? file }
          ?? "the file that it changes is not there")
    case .unpackagedFiles(let files):
      "installed but in no %files list: \(files.prefix(5).joined(separator: " "))"
        + (files.count > 5 ? " and \(files.count - 5) more" : "")
    case .missingPackagedFile(let file): "%files lists \(file), but %install did not install it"
    case .missingDocument(let directive, let file):
      "%\(directive) names \(file), which is not in the build folder"
    case .undefinedMacro(let name):
      "%\(name) is defined nowhere in the build root; a BuildRequires is missing"
    case .missing(let thing): "no package in the build root has \(thing.text); a BuildRequires is missing"
    }
  }
}
