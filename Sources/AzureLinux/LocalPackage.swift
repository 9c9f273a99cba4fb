/// An RPM built here, with what a dependency solver asks of it.
package struct LocalPackage: Hashable, Codable, Sendable {
  package var file: RPMFile
  /// File name of the SRPM that it was built from.
  package var sourceRPM: String
  package var provides: [Dependency]
  package var requires: [Dependency]
  package var conflicts: [Dependency]
  package var obsoletes: [Dependency]
  /// Absolute paths of what it installs.
  package var files: [String]

  package init(
    file: RPMFile, sourceRPM: String, provides: [Dependency] = [], requires: [Dependency] = [],
    conflicts: [Dependency] = [], obsoletes: [Dependency] = [], files: [String] = []
  ) {
    self.file = file
    self.sourceRPM = sourceRPM
    self.provides = provides
    self.requires = requires
    self.conflicts = conflicts
    self.obsoletes = obsoletes
    self.files = files
  }
}
