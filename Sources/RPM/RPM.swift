// RPM
