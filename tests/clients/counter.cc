// SPDX-License-Identifier: BSD-3-Clause
// counter FILE N, in C++: N times open, read, add one, write, close.  The file is made by counter.c.
#include <H5Cpp.h>
#include <cstdlib>
#include <iostream>

int main(int argc, char **argv)
{
	if (argc != 3) {
		std::cerr << "usage: counter_cc FILE N\n";
		return 2;
	}
	try {
		for (int i = 0; i < std::atoi(argv[2]); i++) {
			H5::H5File file(argv[1], H5F_ACC_RDWR);
			H5::DataSet data = file.openDataSet("counter");
			int number;

			data.read(&number, H5::PredType::NATIVE_INT);
			number++;
			data.write(&number, H5::PredType::NATIVE_INT);
		}
	} catch (const H5::Exception &problem) {
		std::cerr << problem.getDetailMsg() << '\n';
		return 1;
	}
	return 0;
}
