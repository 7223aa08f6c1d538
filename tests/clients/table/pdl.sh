# shellcheck shell=sh disable=SC2034 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=PDL::IO::HDF5 language=Perl mode=write file=shared.h5
does='add datasets to one file'
needs='perl:PDL::IO::HDF5 h5dump h5import'

version() { perl -MPDL::IO::HDF5 -e 'print $PDL::IO::HDF5::VERSION'; }

prepare() {
	numbers 7 shared.h5
	numbers 8 later
}

work() {
	perl -MPDL -MPDL::IO::HDF5 -e 'my $n = shift;
		my $file = PDL::IO::HDF5->new(">shared.h5");
		$file->dataset("y$n")->set($n * ones(long, 1000), unlimited => 1);' "$1"
}

verify() { all_hold shared.h5; }
